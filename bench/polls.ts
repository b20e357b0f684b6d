import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkFileLimit } from './file-limit';
import { describeMachine, machineLine } from './machine';
import { canPin, moveToCore } from './pinning';
import { PollCrowd } from './poll-crowd';
import { rotate } from './rounds';
import { ServerHandle } from './server-handle';
import { type Spread, spread } from './summary';
import { formatNumber, layOut } from './table';

const variants = {
  'poll-bare': 'bare http, one shared Buffer',
  'poll-express': 'Express 5, held res and res.json',
  'poll-pushwire': 'pushwire longPoll() on Express 5',
} as const;

type Variant = keyof typeof variants;
const variantNames = Object.keys(variants) as Variant[];
/** What the others are compared with, in the same round. */
const plain: Variant = 'poll-express';

const usage = `node bench/dist/polls.js [options]

  --held 10000          polls that are held while the memory is read
  --clients 1000        clients while the CPU is counted
  --turns 15            events while the CPU is counted, each to all clients
  --rounds 3            how often everything is measured, variants taking turns
  --out bench/results   the folder for polls.json
  --profile DIR         also write a CPU profile of each server there`;

const warmUp = 0.5;

interface Plan {
  readonly held: number;
  readonly clients: number;
  readonly turns: number;
  readonly rounds: number;
}

interface Figures {
  /** Bytes for each poll that is held. */
  readonly rss: number;
  readonly heap: number;
  /** Server CPU for each delivered event and the request after it. */
  readonly micros: number;
}

type Measurement = Figures & { readonly round: number; readonly variant: Variant; readonly delivered: number };

/** What a held long poll costs the server, and what a delivered event does with the request that follows it. */
async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      held: { type: 'string', default: '10000' },
      clients: { type: 'string', default: '1000' },
      turns: { type: 'string', default: '15' },
      rounds: { type: 'string', default: '3' },
      out: { type: 'string', default: join(__dirname, '..', 'results') },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const plan: Plan = {
    held: count('held', values.held, 20_000),
    clients: count('clients', values.clients, 20_000),
    turns: count('turns', values.turns, 10_000),
    rounds: count('rounds', values.rounds, 20),
  };
  const profiling = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  checkFileLimit(Math.max(plan.held, plan.clients));
  if (!canPin) console.error('No taskset, or no second core: server and clients share what there is.');
  moveToCore(1);

  const measurements: Measurement[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    for (const variant of rotate(variantNames, round - 1)) {
      const memory = await measureMemory(variant, plan);
      const cpu = await measureCpu(variant, plan, profiling);
      measurements.push({ round, variant, ...memory, ...cpu });
      const figures = `${kilobytes(memory.rss)} RSS  ${kilobytes(memory.heap)} heap  ${formatNumber(cpu.micros)} µs`;
      console.error(`round ${round}/${plan.rounds}  ${figures}  ${variants[variant]}`);
    }
  }
  console.log(writeResults(values.out, plan, measurements));
}

async function measureMemory(variant: Variant, { held }: Plan): Promise<Pick<Figures, 'rss' | 'heap'>> {
  return withServer(variant, ['--expose-gc'], async (server, cursor) => {
    const before = await server.memory();
    const crowd = await PollCrowd.connect(server, held, cursor);
    try {
      const after = await server.memory();
      return { rss: (after.rss - before.rss) / held, heap: (after.heap - before.heap) / held };
    } finally {
      crowd.close();
    }
  });
}

async function measureCpu(variant: Variant, { clients, turns }: Plan, nodeFlags: readonly string[]) {
  return withServer(variant, nodeFlags, async (server, cursor) => {
    const crowd = await PollCrowd.connect(server, clients, cursor);
    try {
      for (let i = 0; i < turns * warmUp; i++) await crowd.turn();
      const before = crowd.delivered;
      server.mark();
      for (let i = 0; i < turns; i++) await crowd.turn();
      const cpuMicros = await server.read();
      const delivered = crowd.delivered - before;
      return { micros: cpuMicros / delivered, delivered };
    } finally {
      crowd.close();
    }
  });
}

async function withServer<T>(
  variant: Variant,
  nodeFlags: readonly string[],
  task: (server: ServerHandle, cursor: string | undefined) => Promise<T>,
): Promise<T> {
  const server = await ServerHandle.start(variant, nodeFlags);
  try {
    return await task(server, variant === 'poll-pushwire' ? await firstCursor(server) : undefined);
  } finally {
    await server.stop();
  }
}

async function firstCursor({ port }: ServerHandle): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } });
  return ((await response.json()) as { cursor: string }).cursor;
}

interface Row {
  readonly rss: Spread;
  readonly heap: Spread;
  readonly micros: Spread;
  /** To the plain handler, within a round. */
  readonly ratio: { readonly [K in keyof Figures]: Spread };
}

function summarize(measurements: readonly Measurement[]): Record<Variant, Row> {
  const rowOf = (variant: Variant): Row => {
    const own = measurements.filter((one) => one.variant === variant);
    const of = (figure: keyof Figures) => spread(own.map((one) => one[figure])) as Spread;
    const ratio = (figure: keyof Figures) => {
      const base = (round: number) => measurements.find((m) => m.variant === plain && m.round === round) as Measurement;
      return spread(own.map((one) => one[figure] / base(one.round)[figure])) as Spread;
    };
    const ratios = { rss: ratio('rss'), heap: ratio('heap'), micros: ratio('micros') };
    return { rss: of('rss'), heap: of('heap'), micros: of('micros'), ratio: ratios };
  };
  return Object.fromEntries(variantNames.map((name) => [name, rowOf(name)])) as Record<Variant, Row>;
}

function writeResults(out: string, plan: Plan, measurements: readonly Measurement[]): string {
  const machine = describeMachine(['express']);
  const date = new Date().toISOString().slice(0, 10);
  const summary = summarize(measurements);
  mkdirSync(out, { recursive: true });
  const content = JSON.stringify({ date, machine, plan, summary, measurements }, null, 2);
  writeFileSync(join(out, 'polls.json'), `${content}\n`);
  const rows = (cells: (row: Row) => string[]) => variantNames.map((name) => [variants[name], ...cells(summary[name])]);
  const times = ({ median, min, max }: Spread) => `${median.toFixed(2)} [${min.toFixed(2)}–${max.toFixed(2)}]`;
  const memory = layOut([
    [`${plan.held.toLocaleString('en')} held polls`, 'RSS of each', 'heap of each', 'RSS × plain', 'heap × plain'],
    ...rows(({ rss, heap, ratio }) => [
      kilobytes(rss.median),
      kilobytes(heap.median),
      times(ratio.rss),
      times(ratio.heap),
    ]),
  ]);
  const cpu = layOut([
    [`${plan.clients.toLocaleString('en')} clients`, 'µs per event and next request', '× plain'],
    ...rows(({ micros, ratio }) => [formatNumber(micros.median), times(ratio.micros)]),
  ]);
  return [`${date}. ${machineLine(machine)}.`, memory, cpu].join('\n\n');
}

const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;

function count(option: string, text: string, limit: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= limit) return value;
  throw new TypeError(`--${option}: expected a whole number from 1 to ${limit}, got ${text}`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
