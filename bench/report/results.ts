import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contest, Extent } from '../contest';
import type { RoundMeasurement } from '../rounds';
import { chart } from './chart';
import { type Machine, machineLine, versionLine } from './machine';
import { overview, tables } from './table';
import { judge, verdictTable } from './targets';

/** The measurements of one part of the bench, as its JSON file has them. */
export interface Result {
  readonly date: string;
  readonly machine: Machine;
  readonly plan: Extent;
  /** Sentences that say which entrants could not be measured, and why. */
  readonly skipped: readonly string[];
  readonly measurements: readonly RoundMeasurement[];
}

export function saveResult(out: string, { name }: Contest, result: Result): void {
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

/** Returns what was saved, if anything was, of the entrants that still take part. */
export function readResult(out: string, { name, entrants }: Contest): Result | undefined {
  const file = join(out, `${name}.json`);
  if (!existsSync(file)) return undefined;
  const result = JSON.parse(readFileSync(file, 'utf8')) as Result;
  return { ...result, measurements: result.measurements.filter(({ variant }) => entrants[variant] !== undefined) };
}

/** Writes a result as tables and as a chart, and returns the tables. */
export function writeReport(out: string, contest: Contest, result: Result): string {
  const { date, machine, plan, skipped, measurements } = result;
  const rounds = plan.rounds === 1 ? 'One round' : `Median [min–max] of ${plan.rounds} rounds`;
  const content = [
    `${rounds}; ratios are taken within a round.`,
    `${date}. ${machineLine(machine)}. ${versionLine(machine)}.`,
    ...skipped,
    ...overview(contest, measurements),
    tables(contest, measurements),
  ].join('\n\n');
  const page = [`# ${contest.heading}`, content, verdictTable(judge(contest, measurements))].join('\n\n');
  writeFileSync(join(out, `${contest.name}.md`), `${page}\n`);
  writeFileSync(join(out, `${contest.name}.svg`), chart(contest, measurements, `${machineLine(machine)}, ${date}`));
  return content;
}

/** Writes the targets of all parts that have results, with the verdicts of their latest runs. */
export function writeTargets(out: string, contests: readonly Contest[]): void {
  const sections = contests.flatMap((contest) => {
    const result = contest.targets.length === 0 ? undefined : readResult(out, contest);
    if (result === undefined) return [];
    const { date, machine, skipped, measurements } = result;
    const about = `[${contest.heading}](${contest.name}.md). ${date}. ${machineLine(machine)}.`;
    return [`## ${contest.name}`, about, ...skipped, verdictTable(judge(contest, measurements))];
  });
  const head = [
    '# Targets',
    'By the medians of the rounds; ratios are taken within a round, and [min–max] is over the rounds.',
  ];
  writeFileSync(join(out, 'targets.md'), `${[...head, ...sections].join('\n\n')}\n`);
}
