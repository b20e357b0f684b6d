import { type Contest, entrantOf, type Figure, type Scene } from '../contest';
import type { RoundMeasurement } from '../rounds';
import { formatValue, headOf, title } from './format';
import { conditionsOf, nodesOf, type Spread, spreadOf, variantsOf } from './summary';

const width = 920;
const left = 345;
const right = 100;
const panelHead = 40;

/** The bars of a variant: one for each Node. */
interface Row {
  readonly title: string;
  readonly colour: string;
  readonly bars: readonly Bar[];
}

interface Bar {
  readonly label: string;
  readonly spread: Spread;
}

/**
 * Draws horizontal bars, one panel for each charted figure under the same conditions, whatever the
 * Node. Lines reach from min to max.
 */
export function chart(contest: Contest, measurements: readonly RoundMeasurement[], caption: string): string {
  const charted = contest.figures.filter((figure) => figure.charted);
  const nodes = nodesOf(measurements);
  const panels = conditionsOf(measurements).flatMap((scene) =>
    charted.map((figure) => ({
      heading: charted.length === 1 ? title(scene) : `${title(scene)}: ${headOf(figure)}`,
      rows: rowsOf(contest, measurements, scene, figure),
    })),
  );
  const rowHeight = nodes.length === 1 ? 24 : 8 + nodes.length * 14;
  let y = 64;
  const body = panels.map(({ heading, rows }) => {
    const drawn = panel(heading, rows, y, rowHeight);
    y += panelHead + rows.length * rowHeight + 12;
    return drawn;
  });
  const heading = `${contest.heading}${charted.length === 1 ? `, ${charted[0]?.unit}` : ''} (less is better)`;
  const order = nodes.length === 1 ? '' : '; bars in the order of the Nodes';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${y}" fill="#fff"/>`,
    text(20, 28, heading, 'font-size="18" font-weight="600"'),
    text(20, 48, `${caption}${order}`, 'fill="#666"'),
    ...body,
    '</svg>\n',
  ].join('\n');
}

function rowsOf(contest: Contest, measurements: readonly RoundMeasurement[], scene: Scene, figure: Figure): Row[] {
  const rows = variantsOf(measurements).flatMap((variant) => {
    const { title } = entrantOf(contest, variant);
    const bars = nodesOf(measurements).flatMap((node) => {
      const spread = spreadOf(measurements, { ...scene, node }, variant, figure.key);
      return spread ? [{ label: formatValue(figure, spread.median), spread }] : [];
    });
    return bars.length === 0 ? [] : [{ title, colour: colour(variant, title), bars }];
  });
  const lengthOf = ({ bars }: Row) => bars[0]?.spread.median ?? 0;
  return rows.sort((a, b) => lengthOf(a) - lengthOf(b));
}

function panel(heading: string, rows: readonly Row[], top: number, rowHeight: number): string {
  const highest = Math.max(...rows.flatMap(({ bars }) => bars.map(({ spread }) => spread.max)));
  const scale = (value: number) => (value / highest) * (width - left - right);
  const drawn = rows.flatMap(({ title, colour, bars }, i) => {
    const at = top + panelHead + i * rowHeight;
    const height = (rowHeight - 8) / bars.length;
    return [
      text(left - 10, at + rowHeight / 2 + 4, title, 'text-anchor="end"'),
      ...bars.map((bar, n) =>
        drawBar(bar, { top: at + 4 + n * height, height, colour, opacity: 1 - (0.7 * n) / bars.length }, scale),
      ),
    ];
  });
  return [text(20, top + 26, heading, 'font-weight="600"'), ...drawn].join('\n');
}

interface Look {
  readonly top: number;
  readonly height: number;
  readonly colour: string;
  readonly opacity: number;
}

function drawBar({ label, spread }: Bar, look: Look, scale: (value: number) => number): string {
  const { top, height, colour, opacity } = look;
  const middle = top + height / 2;
  const [from, to] = [left + scale(spread.min), left + scale(spread.max)];
  const paint = `fill="${colour}"${opacity === 1 ? '' : ` fill-opacity="${round(opacity)}"`}`;
  return [
    `<rect x="${left}" y="${top}" width="${round(scale(spread.median))}" height="${height}" ${paint}/>`,
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
