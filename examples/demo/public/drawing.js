/** Milliseconds between updates, more for users who prefer less motion. */
const beat = matchMedia('(prefers-reduced-motion: reduce)').matches ? 2000 : 500;

const drawings = new Set();

/** Calls `say` at intervals, and `draw` while `place` is in sight. */
export function showRegularly(place, { say, draw = () => {} }) {
  const drawing = { say, draw, isInSight: false };
  new IntersectionObserver(([{ isIntersecting }]) => {
    drawing.isInSight = isIntersecting;
    if (isIntersecting) draw();
  }).observe(place);
  drawings.add(drawing);
  say();
}

/** Updates everything now. */
export function showAll() {
  for (const { say, draw, isInSight } of drawings) {
    say();
    if (isInSight) draw();
  }
}

setInterval(() => {
  if (!document.hidden) requestAnimationFrame(showAll);
}, beat);
