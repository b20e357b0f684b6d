import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Contest } from './contest';
import type { Plan } from './rounds';

export interface Settings extends Plan {
  /** The folder that results go to. */
  readonly out: string;
}

export const usage = ({ name, perTurn, entrants }: Contest) => `node bench/dist/${name}.js [options]

  --clients 1000,5000    how many clients, each number measured on its own
  ${`--per-turn ${perTurn}`.padEnd(22)} how many events are published in one turn
  --rounds 3             how often everything is measured, variants taking turns
  --events 200000        deliveries in one measurement, at the least
  --only ${Object.keys(entrants).join(',')}
  --out bench/results    the folder for ${name}.json, ${name}.md and ${name}.svg
  --profile DIR          also write a CPU profile of each server there`;

const most = { clients: 20_000, perTurn: 256, rounds: 20, events: 5_000_000 };

/** @throws TypeError for an option that is unknown or does not fit. */
export function readSettings(contest: Contest, args: readonly string[]): Settings | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clients: { type: 'string', default: '1000,5000' },
      'per-turn': { type: 'string', default: contest.perTurn },
      rounds: { type: 'string', default: '3' },
      events: { type: 'string', default: '200000' },
      only: { type: 'string', default: Object.keys(contest.entrants).join(',') },
      out: { type: 'string', default: join(__dirname, '..', 'results') },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    clients: values.clients.split(',').map((text) => count('clients', text, most.clients)),
    perTurn: values['per-turn'].split(',').map((text) => count('per-turn', text, most.perTurn)),
    rounds: count('rounds', values.rounds, most.rounds),
    deliveries: count('events', values.events, most.events),
    variants: values.only.split(',').map((text) => variant(contest, text)),
    nodeFlags: values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`],
    out: values.out,
  };
}

function count(option: string, text: string, limit: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= limit) return value;
  throw new TypeError(`--${option}: expected a whole number from 1 to ${limit}, got ${text}`);
}

function variant({ entrants }: Contest, text: string): string {
  if (Object.hasOwn(entrants, text)) return text;
  throw new TypeError(`--only: expected some of ${Object.keys(entrants).join(', ')}, got ${text}`);
}
