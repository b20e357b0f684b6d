import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart } from './chart';
import type { Contest } from './contest';
import { describeMachine, type Machine, machineLine } from './machine';
import type { Plan, RoundMeasurement } from './rounds';
import { summarize } from './summary';
import { overview, table } from './table';

/** Leaves what was measured as JSON, as tables and as a chart, and returns the tables. */
export function writeResults(
  contest: Contest,
  out: string,
  plan: Plan,
  measurements: readonly RoundMeasurement[],
): string {
  const machine = describeMachine(contest.packages);
  const date = new Date().toISOString().slice(0, 10);
  const summary = summarize(contest, measurements);
  const heading = `Server CPU per delivered event in µs, median [min–max] of ${plan.rounds} rounds; ratios within a round.`;
  const tables = [heading, circumstances(machine, date), overview(contest, summary), table(contest, summary)].join(
    '\n\n',
  );
  mkdirSync(out, { recursive: true });
  const write = (ending: string, content: string) => writeFileSync(join(out, `${contest.name}.${ending}`), content);
  write('json', `${JSON.stringify({ date, machine, plan, summary, measurements }, null, 2)}\n`);
  write('md', `# ${contest.heading}\n\n${tables}\n`);
  write('svg', chart(contest, summary, `${machineLine(machine)}, ${date}`));
  return tables;
}

function circumstances(machine: Machine, date: string): string {
  const versions = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  return `${date}. ${machineLine(machine)}. ${versions.join(', ')}.`;
}
