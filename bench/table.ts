import { type Contest, entrantOf } from './contest';
import type { Spread, Summary } from './summary';

/** The summaries as Markdown, one table for each number of clients and size of turns. */
export function table(contest: Contest, summaries: readonly Summary[]): string {
  const titles = [...new Set(summaries.map(title))];
  return titles
    .map((heading) =>
      section(
        contest,
        heading,
        summaries.filter((summary) => title(summary) === heading),
      ),
    )
    .join('\n\n');
}

/** The medians alone, one table for each number of clients. */
export function overview(contest: Contest, summaries: readonly Summary[]): string {
  const sizes = [...new Set(summaries.map(({ perTurn }) => perTurn))];
  const counts = [...new Set(summaries.map(({ clients }) => clients))];
  const tables = counts.map((count) => {
    const ofCount = summaries.filter(({ clients }) => clients === count);
    const names = [...new Set(ofCount.map(({ variant }) => variant))];
    const cell = (name: string, size: number) => {
      const found = ofCount.find(({ variant, perTurn }) => variant === name && perTurn === size);
      return found ? formatNumber(found.micros.median) : '–';
    };
    const head = [`${count.toLocaleString('en')} clients, events a turn:`, ...sizes.map(String)];
    return layOut([
      head,
      ...names.map((name) => [entrantOf(contest, name).title, ...sizes.map((size) => cell(name, size))]),
    ]);
  });
  return tables.join('\n\n');
}

export function title({ clients, perTurn }: Pick<Summary, 'clients' | 'perTurn'>): string {
  const events = perTurn === 1 ? '1 event a turn' : `${perTurn} events a turn`;
  return `${clients.toLocaleString('en')} clients, ${events}`;
}

function section(contest: Contest, heading: string, summaries: readonly Summary[]): string {
  const head = [heading, 'µs per event', contest.plain.column, contest.floor.column];
  const sorted = [...summaries].sort((a, b) => a.micros.median - b.micros.median);
  const rows = sorted.map(({ variant, micros, toPlain, toFloor }) => [
    entrantOf(contest, variant).title,
    formatSpread(micros),
    toPlain ? formatSpread(toPlain) : '–',
    toFloor ? formatSpread(toFloor) : '–',
  ]);
  return layOut([head, ...rows]);
}

function formatSpread({ median, min, max }: Spread): string {
  return `${formatNumber(median)} [${formatNumber(min)}–${formatNumber(max)}]`;
}

/** Three digits that mean something. */
export function formatNumber(value: number): string {
  return value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}

/** Rows as a Markdown table, the first of them its head. */
export function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map(
    (row) =>
      `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
