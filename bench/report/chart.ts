import { type Contest, entrantOf, type Figure, type Scene } from '../contest';
import type { RoundMeasurement } from '../rounds';
import { formatValue, headOf, title } from './format';
import { type Spread, scenesOf, spreadOf, variantsOf } from './summary';

const width = 920;
const left = 310;
const right = 100;
const rowHeight = 24;
const panelHead = 40;

interface Row {
  readonly title: string;
  readonly colour: string;
  readonly label: string;
  readonly spread: Spread;
}

/** Draws horizontal bars, one panel per scene and charted figure. Lines reach from min to max. */
export function chart(contest: Contest, measurements: readonly RoundMeasurement[], caption: string): string {
  const charted = contest.figures.filter((figure) => figure.charted);
  const panels = scenesOf(measurements).flatMap((scene) =>
    charted.map((figure) => ({
      heading: charted.length === 1 ? title(scene) : `${title(scene)}: ${headOf(figure)}`,
      rows: rowsOf(contest, measurements, scene, figure),
    })),
  );
  let y = 64;
  const body = panels.map(({ heading, rows }) => {
    const drawn = panel(heading, rows, y);
    y += panelHead + rows.length * rowHeight + 12;
    return drawn;
  });
  const heading = `${contest.heading}${charted.length === 1 ? `, ${charted[0]?.unit}` : ''} (less is better)`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${y}" fill="#fff"/>`,
    text(20, 28, heading, 'font-size="18" font-weight="600"'),
    text(20, 48, caption, 'fill="#666"'),
    ...body,
    '</svg>\n',
  ].join('\n');
}

function rowsOf(contest: Contest, measurements: readonly RoundMeasurement[], scene: Scene, figure: Figure): Row[] {
  const rows = variantsOf(measurements).flatMap((variant) => {
    const spread = spreadOf(measurements, scene, variant, figure.key);
    const { title } = entrantOf(contest, variant);
    return spread ? [{ title, colour: colour(variant, title), label: formatValue(figure, spread.median), spread }] : [];
  });
  return rows.sort((a, b) => a.spread.median - b.spread.median);
}

function panel(heading: string, rows: readonly Row[], top: number): string {
  const highest = Math.max(...rows.map(({ spread }) => spread.max));
  const scale = (value: number) => (value / highest) * (width - left - right);
  const bars = rows.map((row, i) => bar(row, top + panelHead + i * rowHeight, scale));
  return [text(20, top + 26, heading, 'font-weight="600"'), ...bars].join('\n');
}

function bar({ title, colour, label, spread }: Row, top: number, scale: (value: number) => number): string {
  const middle = top + rowHeight / 2;
  const [from, to] = [left + scale(spread.min), left + scale(spread.max)];
  return [
    text(left - 10, middle + 4, title, 'text-anchor="end"'),
    `<rect x="${left}" y="${top + 4}" width="${round(scale(spread.median))}" height="${rowHeight - 8}" fill="${colour}"/>`,
    `<path d="M${round(from)} ${middle}H${round(to)}" stroke="#222"/>`,
    text(round(Math.max(to, left + scale(spread.median)) + 8), middle + 4, label),
  ].join('\n');
}

/** The colour of our entrants, of the floor, and of others. */
function colour(variant: string, title: string): string {
  if (title.includes('pushwire')) return '#2f6fde';
  return variant.includes('bare') ? '#9aa3ad' : '#d99a4e';
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
