/** Draws the newest ids as a row of cells. The words beside it say the same. */
export function showStrip(strip, kinds) {
  const cells = Number(strip.dataset.cells);
  while (strip.childElementCount < cells) strip.append(document.createElement('i'));
  const newest = kinds.slice(-cells);
  for (const [i, cell] of [...strip.children].entries()) {
    const kind = newest[i] ?? '';
    if (cell.dataset.kind !== kind) cell.dataset.kind = kind;
  }
}
