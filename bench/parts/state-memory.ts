import { setTimeout as sleep } from 'node:timers/promises';
import { withCrowd } from '../clients/crowd';
import { eventStream } from '../clients/greeting';
import type { Contest, Entrant, Measurement, Subject } from '../contest';
import { NodeServer } from '../processes/node-server';
import { withServer } from '../processes/server-handle';

interface MemoryEntrant extends Entrant {
  /** True if each state or channel has a client. */
  readonly isFollowed: boolean;
  start(node: readonly string[]): Promise<NodeServer>;
}

const greeting = {
  ...eventStream,
  requestOf: (client: number) => eventStream.request.replace('GET /', `GET /?id=${client}`),
};
/** Events in one turn of the server. */
const perTurn = 1000;

/** The memory of states and of their clients, while nothing changes. */
export const stateMemory: Contest<MemoryEntrant> = {
  name: 'state-memory',
  heading: 'Memory of states at rest, beside channels',
  entrants: {
    'memory-channels': entrant('a channel with one message', false, 'channel'),
    'memory-states': entrant('a state with one value', false, 'state'),
    'memory-channels-followed': entrant('a channel with one message and one client', true, 'channel'),
    'memory-states-followed': entrant('a state with one value and one client', true, 'state'),
    'memory-channel-clients': entrant('a client of one channel of pushwire', true, 'channel', 'shared'),
    'memory-state-clients': entrant('a client of one state of pushwire', true, 'state', 'shared'),
  },
  figures: [
    { key: 'heap', title: 'heap of each', unit: 'bytes', charted: true },
    { key: 'rss', title: 'RSS of each', unit: 'bytes', charted: true },
  ],
  comparisons: [],
  targets: [],
  packages: ['express'],
  clients: [10_000],
  rounds: 3,
  measure: ({ entrant: { start, isFollowed }, clients, plan }: Subject<MemoryEntrant>) =>
    withServer(start([...plan.node, '--expose-gc']), async (server) => {
      const before = await server.memory();
      const measured = async () => {
        await sleep(plan.seconds * 2000);
        const after = await server.memory();
        const figures = {
          heap: ((after.heap ?? 0) - (before.heap ?? 0)) / clients,
          rss: (after.rss - before.rss) / clients,
        };
        const counted = { rssBefore: before.rss, rssAfter: after.rss };
        return [{ scene: { clients }, figures, counted }] satisfies Measurement[];
      };
      if (isFollowed) {
        return withCrowd(server.port, clients, greeting, async () => {
          const found = await measured();
          const held = await server.held();
          if (held !== clients) throw new Error(`${held} of ${clients} clients are still there`);
          return found;
        });
      }
      for (let made = 0; made < clients; made += perTurn) server.publish(Math.min(perTurn, clients - made));
      return measured();
    }),
};

function entrant(title: string, isFollowed: boolean, ...words: readonly string[]): MemoryEntrant {
  return { title, isFollowed, start: (node) => NodeServer.start('state-memory', { node, words }) };
}
