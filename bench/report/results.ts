import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contest, Plan } from '../contest';
import type { RoundMeasurement } from '../rounds';
import { chart } from './chart';
import { describeMachine, machineLine, versionLine } from './machine';
import { overview, tables } from './table';
import { type Verdict, verdictTable } from './targets';

/** The outcome of one part of the bench. */
export interface Outcome {
  readonly contest: Contest;
  readonly plan: Plan;
  readonly measurements: readonly RoundMeasurement[];
  /** Sentences that say which entrants could not be measured, and why. */
  readonly skipped: readonly string[];
  readonly verdicts: readonly Verdict[];
}

/** Writes the outcome as JSON, as tables and as a chart, and returns the tables. */
export function writeOutcome(out: string, outcome: Outcome): string {
  const { contest, plan, measurements, skipped, verdicts } = outcome;
  const machine = describeMachine(contest.packages, contest.programs?.());
  const date = today();
  const rounds = plan.rounds === 1 ? 'One round' : `Median [min–max] of ${plan.rounds} rounds`;
  const content = [
    `${rounds}; ratios are taken within a round.`,
    `${date}. ${machineLine(machine)}. ${versionLine(machine)}.`,
    ...skipped,
    ...overview(contest, measurements),
    tables(contest, measurements),
  ].join('\n\n');
  mkdirSync(out, { recursive: true });
  const write = (ending: string, text: string) => writeFileSync(join(out, `${contest.name}.${ending}`), text);
  write('json', `${JSON.stringify({ date, machine, plan, skipped, verdicts, measurements }, null, 2)}\n`);
  write('md', `# ${contest.heading}\n\n${content}\n\n${verdictTable(verdicts)}\n`);
  write('svg', chart(contest, measurements, `${machineLine(machine)}, ${date}`));
  return content;
}

/** Returns the verdicts of this run on the targets. */
export function verdictsOf(outcomes: readonly Outcome[]): string {
  const table = verdictTable(outcomes.flatMap(({ verdicts }) => verdicts));
  return [
    'By the medians of the rounds; ratios are taken within a round, and [min–max] is over the rounds.',
    `${today()}. ${machineLine(describeMachine([]))}.`,
    ...new Set(outcomes.flatMap(({ skipped }) => skipped)),
    table,
  ].join('\n\n');
}

export function writeVerdicts(out: string, verdicts: string): void {
  writeFileSync(join(out, 'targets.md'), `# Targets\n\n${verdicts}\n`);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
