import { type Visit, visits } from '../clients/newcomers';
import type { Contest, Entrant, Measurement, Subject } from '../contest';
import { NodeServer } from '../processes/node-server';
import { withServer } from '../processes/server-handle';

const keys = 10_000;
/** Values that are set in a second while newcomers come to a busy state. */
const busyRate = 100;
/** Newcomers at a time. More would measure the memory of the kernel. */
const atATime = 20;

/** A server whose answer has all values. */
interface SnapshotEntrant extends Entrant {
  /** Values that are set in a second meanwhile. */
  readonly rate: number;
  start(node: readonly string[]): Promise<NodeServer>;
}

/** The cost of a newcomer to a state of many keys. */
export const snapshot: Contest<SnapshotEntrant> = {
  name: 'snapshot',
  heading: `Snapshot: a newcomer gets ${keys.toLocaleString('en')} keys`,
  entrants: {
    'snapshot-bare': entrant('bare http, one ready Buffer', 0, 'snapshot-bare', 'buffer'),
    'snapshot-json': entrant('Express 5, JSON.stringify for each', 0, 'snapshot-bare', 'json'),
    'snapshot-state': entrant('pushwire, a state at rest', 0, 'snapshot-pushwire'),
    'snapshot-state-256k': entrant('pushwire, highWaterMark 256 KiB', 0, 'snapshot-pushwire', `${256 * 1024}`),
    'snapshot-busy': entrant(`pushwire, ${busyRate} values a second`, busyRate, 'snapshot-pushwire'),
  },
  figures: [
    { key: 'micros', title: "server's µs per newcomer", unit: 'µs', charted: true },
    { key: 'firstByte', title: 'first byte p50', unit: 'ms', charted: true },
    { key: 'whole', title: 'whole p50', unit: 'ms', charted: false },
    { key: 'crowdFirstByte', title: `first byte p50, ${atATime} at a time`, unit: 'ms', charted: false },
    { key: 'crowdWhole', title: `whole p50, ${atATime} at a time`, unit: 'ms', charted: false },
    { key: 'bytes', title: 'bytes', unit: 'bytes', charted: false },
  ],
  comparisons: [
    { figure: 'micros', base: 'snapshot-bare', column: 'µs × ready Buffer' },
    { figure: 'micros', base: 'snapshot-json', column: 'µs × JSON.stringify' },
    { figure: 'firstByte', base: 'snapshot-bare', column: 'first byte × ready Buffer' },
  ],
  targets: [],
  packages: ['express'],
  clients: [1000],
  rounds: 5,
  measure: ({ entrant, clients, plan }: Subject<SnapshotEntrant>) =>
    withServer(entrant.start(plan.node), async (server) => {
      const stopFeed = feed(server, entrant.rate);
      try {
        const alone = Math.ceil(clients / 20);
        await visits(server.port, keys, alone, 1);
        const single = await visits(server.port, keys, alone, 1);
        server.mark();
        const crowd = await visits(server.port, keys, clients, atATime);
        const cpuMicros = await server.read();
        const figures = {
          micros: cpuMicros / clients,
          firstByte: median(single, 'firstByte'),
          whole: median(single, 'whole'),
          crowdFirstByte: median(crowd, 'firstByte'),
          crowdWhole: median(crowd, 'whole'),
          bytes: median(crowd, 'bytes'),
        };
        // Each newcomer has counted its own.
        return [{ scene: { clients }, figures, counted: { cpuMicros } }] satisfies Measurement[];
      } finally {
        stopFeed();
      }
    }),
};

function median(all: readonly Visit[], key: keyof Visit): number {
  const sorted = all.map((one) => one[key]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}

/** Sets a value at a time. */
function feed(server: NodeServer, rate: number): () => void {
  const timer = rate === 0 ? undefined : setInterval(() => server.publish(1), 1000 / rate);
  return () => clearInterval(timer);
}

function entrant(title: string, rate: number, server: string, ...words: readonly string[]): SnapshotEntrant {
  return { title, rate, start: (node) => NodeServer.start(server, { node, words: [`${keys}`, ...words] }) };
}
