import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Contest, Extent } from './contest';
import { groups, type Share } from './groups';

export interface Settings {
  readonly extent: Omit<Extent, 'rounds'>;
  /** The number of rounds. Without it, each part has its own. */
  readonly rounds: number | undefined;
  readonly contests: readonly Contest[];
  /** How parts of a group that was asked for are measured, by their names. */
  readonly shares: Readonly<Record<string, Share>>;
  /** The numbers of clients. Without them, each part has its own. */
  readonly clients: readonly number[] | undefined;
  /** The servers that take part. Without it, all do. */
  readonly variants: readonly string[] | undefined;
  /** The versions of Node that servers run on, or paths of programs. */
  readonly nodes: readonly string[];
  readonly nodeFlags: readonly string[];
  /** True if the results are only written anew as tables and charts. */
  readonly reportOnly: boolean;
  /** The folder for results. */
  readonly out: string;
}

export const usage = (
  contests: readonly Contest[],
) => `npm run bench -- [options]          an hour or more with the defaults

  --only ${contests.map(({ name }) => name).join(',')}
                         only these parts; "redis" means all that begin with "redis-", and likewise for other names
  --only ${Object.keys(groups).join(',')}            a group of parts, with rounds that give it a bounded time
  --node 20,24           versions of Node (fetched if need be) or paths of it, which the servers run on in turn
  --clients 1000,5000    numbers of clients, each measured separately, instead of each part's own numbers
  --per-turn 1,4,16,64   numbers of events per turn, in parts with turns
  --rounds 5             number of rounds in which all servers are measured (memory: 3)
  --seconds 0.5          least duration of a measurement; latency and polls take several times as long
  --variants NAMES       only these servers; a part's results/*.json has their names
  --quick                one short round to see that all works; its results go to a temporary folder
  --out bench/results    folder for results
  --report               measure nothing, and write the tables and charts of the results anew
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
      node: { type: 'string', default: process.execPath },
      clients: { type: 'string' },
      'per-turn': { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      variants: { type: 'string' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
      report: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const words = values.only?.split(',') ?? [];
  const asked = words.flatMap((word) => groups[word] ?? []);
  const shares = Object.assign({}, ...asked.map(({ parts }) => parts)) as Record<string, Share>;
  const only = words.flatMap((word) => Object.keys(groups[word]?.parts ?? { [word]: 1 }));
  const { seconds, perTurn, out } = values.quick ? quick : { ...thorough, ...asked[0] };
  const rounds = values.rounds ?? (values.quick ? '1' : undefined);
  const chosen = words.length === 0 ? contests : some('only', only, contests, ({ name }) => name);
  const names = [...new Set(chosen.flatMap(({ entrants }) => Object.keys(entrants)))];
  return {
    contests: [...new Set(chosen)],
    shares,
    clients: values.clients?.split(',').map((text) => count('clients', text, limits.clients)),
    rounds: rounds === undefined ? undefined : count('rounds', rounds, limits.rounds),
    variants:
      values.variants === undefined ? undefined : some('variants', values.variants.split(','), names, (name) => name),
    extent: {
      perTurn: (values['per-turn'] ?? perTurn).split(',').map((text) => count('per-turn', text, limits.perTurn)),
      seconds: duration(values.seconds ?? seconds),
    },
    nodes: values.node.split(','),
    nodeFlags: values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`],
    reportOnly: values.report,
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

function some<T>(option: string, words: readonly string[], all: readonly T[], nameOf: (one: T) => string): T[] {
  return words.flatMap((word) => {
    const found = all.filter((one) => nameOf(one) === word);
    if (found.length === 0) found.push(...all.filter((one) => nameOf(one).startsWith(`${word}-`)));
    if (found.length > 0) return found;
    throw new TypeError(`--${option}: expected some of ${all.map(nameOf).join(', ')}, got ${word}`);
  });
}
