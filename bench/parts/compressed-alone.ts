import { withCrowd } from '../clients/crowd';
import type { Contest, Measurement, Subject } from '../contest';
import { compressedAlone as entrants, type StreamEntrant } from '../entrants';
import { withServer } from '../processes/server-handle';
import { besides, sendTurns } from './turns';

/** The events after which each window is full. */
const filling = 30;

/** The server's cost of gzip that nobody shares: each client has a channel, and so a window. */
export const compressedAlone: Contest<StreamEntrant> = {
  name: 'compressed-alone',
  heading: 'Compressed SSE, a channel for each client: server CPU, bytes and memory',
  entrants,
  figures: [
    { key: 'micros', title: 'µs per event', unit: 'µs', charted: true },
    { key: 'wire', title: 'bytes to a client', unit: 'count', charted: false },
    { key: 'heap', title: 'heap of each', unit: 'bytes', charted: false },
    { key: 'buffers', title: 'buffers of each', unit: 'bytes', charted: false },
  ],
  comparisons: [besides('alone-off', '× plain'), { figure: 'wire', base: 'alone-off', column: 'bytes × plain' }],
  targets: [],
  packages: ['express'],
  clients: [1000],
  rounds: 5,
  measure: ({ entrant, clients, plan }: Subject<StreamEntrant>) =>
    withServer(entrant.start([...plan.node, '--expose-gc']), async (server) => {
      const before = await server.memory();
      return withCrowd(server.port, clients, entrant.greeting, async (crowd) => {
        const scene = { clients, perTurn: 1 };
        for (let i = 0; i < filling; i++) await sendTurns(server, crowd, scene, 0);
        const after = await server.memory();
        crowd.mark();
        const [delivered, received] = [crowd.delivered, crowd.received];
        server.mark();
        const published = await sendTurns(server, crowd, scene, plan.seconds);
        const cpuMicros = await server.read();
        crowd.checkEach(published);
        const deliveries = crowd.delivered - delivered;
        const figures = {
          micros: cpuMicros / deliveries,
          wire: (crowd.received - received) / deliveries,
          heap: ((after.heap ?? 0) - (before.heap ?? 0)) / clients,
          buffers: ((after.buffers ?? 0) - (before.buffers ?? 0)) / clients,
        };
        const counted = { published, delivered: deliveries, cpuMicros };
        return [{ scene: { clients }, figures, counted }] satisfies Measurement[];
      });
    }),
};
