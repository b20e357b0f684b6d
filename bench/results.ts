import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart } from './chart';
import { describeMachine, type Machine, machineLine } from './machine';
import type { Plan, RoundMeasurement } from './rounds';
import { summarize } from './summary';
import { overview, table } from './table';

/** Leaves what was measured as JSON, as tables and as a chart, and returns the tables. */
export function writeResults(out: string, plan: Plan, measurements: readonly RoundMeasurement[]): string {
  const machine = describeMachine();
  const date = new Date().toISOString().slice(0, 10);
  const summary = summarize(measurements);
  const heading = `Server CPU per delivered event in µs, median [min–max] of ${plan.rounds} rounds; ratios within a round.`;
  const tables = [heading, circumstances(machine, date), overview(summary), table(summary)].join('\n\n');
  mkdirSync(out, { recursive: true });
  const write = (name: string, content: string) => writeFileSync(join(out, name), content);
  write('fan-out.json', `${JSON.stringify({ date, machine, plan, summary, measurements }, null, 2)}\n`);
  write('fan-out.md', `# Fan-out\n\n${tables}\n`);
  write('fan-out.svg', chart(summary, `${machineLine(machine)}, ${date}`));
  return tables;
}

function circumstances(machine: Machine, date: string): string {
  const versions = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  return `${date}. ${machineLine(machine)}. ${versions.join(', ')}.`;
}
