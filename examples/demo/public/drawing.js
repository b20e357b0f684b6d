/** How often what is counted is drawn, in ms; more seldom for those who want less to move. */
const beat = matchMedia('(prefers-reduced-motion: reduce)').matches ? 2000 : 500;

const drawings = new Set();

/** Draws `draw` from time to time while `place` is in sight. */
export function drawInSight(place, draw) {
  const drawing = { draw, isInSight: true };
  new IntersectionObserver(([{ isIntersecting }]) => {
    drawing.isInSight = isIntersecting;
    if (isIntersecting) draw();
  }).observe(place);
  drawings.add(drawing);
}

/** Draws all that is in sight. */
export function drawAll() {
  for (const { draw, isInSight } of drawings) if (isInSight) draw();
}

setInterval(() => {
  if (!document.hidden) requestAnimationFrame(drawAll);
}, beat);
