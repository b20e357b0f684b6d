/** How often what is counted is shown, in ms; more seldom for those who want less to move. */
const beat = matchMedia('(prefers-reduced-motion: reduce)').matches ? 2000 : 500;

const drawings = new Set();

/** From time to time says in words what there is, everywhere, and draws it where `place` is in sight. */
export function showRegularly(place, { say, draw = () => {} }) {
  const drawing = { say, draw, isInSight: false };
  new IntersectionObserver(([{ isIntersecting }]) => {
    drawing.isInSight = isIntersecting;
    if (isIntersecting) draw();
  }).observe(place);
  drawings.add(drawing);
  say();
}

/** Shows all of it now. */
export function showAll() {
  for (const { say, draw, isInSight } of drawings) {
    say();
    if (isInSight) draw();
  }
}

setInterval(() => {
  if (!document.hidden) requestAnimationFrame(showAll);
}, beat);
