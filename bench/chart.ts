import { type Contest, entrantOf } from './contest';
import type { Summary } from './summary';
import { formatNumber, title } from './table';

const width = 920;
const left = 290;
const right = 100;
const rowHeight = 24;
const panelHead = 40;

/** Horizontal bars, a panel with its own scale for each number of clients and size of turns; the line is min to max. */
export function chart(contest: Contest, summaries: readonly Summary[], caption: string): string {
  const panels = [...new Set(summaries.map(title))].map((heading) => ({
    heading,
    rows: summaries.filter((summary) => title(summary) === heading).sort((a, b) => a.micros.median - b.micros.median),
  }));
  let y = 64;
  const body = panels.map(({ heading, rows }) => {
    const drawn = panel(contest, heading, rows, y);
    y += panelHead + rows.length * rowHeight + 12;
    return drawn;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${y}" fill="#fff"/>`,
    text(20, 28, 'Server CPU per delivered event, µs (less is better)', 'font-size="18" font-weight="600"'),
    text(20, 48, caption, 'fill="#666"'),
    ...body,
    '</svg>\n',
  ].join('\n');
}

function panel(contest: Contest, heading: string, rows: readonly Summary[], top: number): string {
  const most = Math.max(...rows.map(({ micros }) => micros.max));
  const scale = (value: number) => (value / most) * (width - left - right);
  const bars = rows.map((row, i) => bar(contest, row, top + panelHead + i * rowHeight, scale));
  return [text(20, top + 26, heading, 'font-weight="600"'), ...bars].join('\n');
}

function bar(contest: Contest, { variant, micros }: Summary, top: number, scale: (value: number) => number): string {
  const middle = top + rowHeight / 2;
  const [from, to] = [left + scale(micros.min), left + scale(micros.max)];
  return [
    text(left - 10, middle + 4, entrantOf(contest, variant).title, 'text-anchor="end"'),
    `<rect x="${left}" y="${top + 4}" width="${round(scale(micros.median))}" height="${rowHeight - 8}" fill="${colour(contest, variant)}"/>`,
    `<path d="M${round(from)} ${middle}H${round(to)}" stroke="#222"/>`,
    text(round(Math.max(to, left + scale(micros.median)) + 8), middle + 4, formatNumber(micros.median)),
  ].join('\n');
}

function colour({ floor }: Contest, variant: string): string {
  if (variant.startsWith('pushwire')) return '#2f6fde';
  return variant === floor.variant ? '#9aa3ad' : '#d99a4e';
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
