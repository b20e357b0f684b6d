import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Contest, Plan } from './contest';

export interface Settings {
  readonly plan: Omit<Plan, 'rounds'>;
  /** The number of rounds. Without it, each part has its own. */
  readonly rounds: number | undefined;
  readonly contests: readonly Contest[];
  /** True if everything with a target takes part. */
  readonly whole: boolean;
  /** The numbers of clients. Without them, each part has its own. */
  readonly clients: readonly number[] | undefined;
  /** The servers that take part. Without it, all do. */
  readonly variants: readonly string[] | undefined;
  /** The folder for results. */
  readonly out: string;
}

export const usage = (
  contests: readonly Contest[],
) => `npm run bench -- [options]          about half an hour with the defaults

  --only ${contests.map(({ name }) => name).join(',')}
                         only these parts; "redis" means all that begin with "redis-", and likewise for other names
  --clients 1000,5000    numbers of clients, each measured separately, instead of each part's own numbers
  --per-turn 1,4,16,64   numbers of events per turn, in parts with turns
  --rounds 5             number of rounds in which all servers are measured (memory: 3)
  --seconds 0.5          least duration of a measurement; latency and polls take several times as long
  --variants NAMES       only these servers; a part's results/*.json has their names
  --quick                one short round to see that all works; its results go to a temporary folder
  --out bench/results    folder for results
  --profile DIR          also write a CPU profile of each server to this folder`;

const limits = { clients: 100_000, perTurn: 256, rounds: 50, seconds: 600 };
const thorough = { seconds: '0.5', perTurn: '1,4,16,64', out: join(__dirname, '..', 'results') };
const quick = { seconds: '0.2', perTurn: '1,16', out: join(tmpdir(), 'pushwire-bench') };

/** @throws {TypeError} for an unknown or unsuitable option. */
export function readSettings(contests: readonly Contest[], args: readonly string[]): Settings | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      clients: { type: 'string' },
      'per-turn': { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      variants: { type: 'string' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { seconds, perTurn, out } = values.quick ? quick : thorough;
  const rounds = values.rounds ?? (values.quick ? '1' : undefined);
  const chosen = some('only', values.only, contests, ({ name }) => name) ?? contests;
  const names = [...new Set(chosen.flatMap(({ entrants }) => Object.keys(entrants)))];
  return {
    contests: chosen,
    whole: values.variants === undefined && contests.every((one) => one.targets.length === 0 || chosen.includes(one)),
    clients: values.clients?.split(',').map((text) => count('clients', text, limits.clients)),
    rounds: rounds === undefined ? undefined : count('rounds', rounds, limits.rounds),
    variants: some('variants', values.variants, names, (name) => name),
    plan: {
      perTurn: (values['per-turn'] ?? perTurn).split(',').map((text) => count('per-turn', text, limits.perTurn)),
      seconds: duration(values.seconds ?? seconds),
      nodeFlags: values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`],
    },
    out: values.out ?? out,
  };
}

function count(option: string, text: string, limit: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= limit) return value;
  throw new TypeError(`--${option}: expected a whole number from 1 to ${limit}, got ${text}`);
}

function duration(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= limits.seconds) return value;
  throw new TypeError(`--seconds: expected a number above 0 and at most ${limits.seconds}, got ${text}`);
}

function some<T>(option: string, text: string | undefined, all: readonly T[], nameOf: (one: T) => string) {
  return text?.split(',').flatMap((name) => {
    const found = all.filter((one) => nameOf(one) === name);
    if (found.length === 0) found.push(...all.filter((one) => nameOf(one).startsWith(`${name}-`)));
    if (found.length > 0) return found;
    throw new TypeError(`--${option}: expected some of ${all.map(nameOf).join(', ')}, got ${name}`);
  });
}
