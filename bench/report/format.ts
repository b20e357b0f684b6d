import type { Figure, Scene } from '../contest';
import type { Spread } from './summary';

/** Formats a scene as `1,000 clients, 16 events a turn, Node 24.21.0`. */
export function title({ clients, perTurn, library, node }: Scene): string {
  const parts = [clients === 1 ? '1 client' : `${clients.toLocaleString('en')} clients`];
  if (perTurn !== undefined) parts.push(perTurn === 1 ? '1 event a turn' : `${perTurn} events a turn`);
  if (library !== undefined) parts.push(`package ${library}`);
  if (node !== undefined) parts.push(`Node ${node}`);
  return parts.join(', ');
}

/** Formats a number with three significant digits. */
export function formatNumber(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}

/** Formats a figure's value without its unit. */
export function formatValue({ unit }: Figure, value: number): string {
  return formatNumber(unit === 'bytes' ? value / 1024 : value);
}

/** Formats a spread as `1.04 [0.99–1.11]`, or as the median alone if all values are equal. */
export function formatSpread({ median, min, max }: Spread, format = formatNumber): string {
  if (min === max) return format(median);
  return `${format(median)} [${format(min)}–${format(max)}]`;
}

/** Returns a figure's title with the unit, unless the title already has it. */
export function headOf({ title, unit }: Figure): string {
  if (unit === 'bytes') return `${title}, KiB`;
  return unit === 'ms' ? `${title}, ms` : title;
}

/** Lays out rows as a Markdown table. The first row is its head. */
export function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(3, ...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map(
    (row) =>
      `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
