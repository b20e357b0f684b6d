import { withCrowd } from '../clients/crowd';
import type { Contest, Measurement, Subject } from '../contest';
import { compressed, type StreamEntrant } from '../entrants';
import { withServer } from '../processes/server-handle';
import { besides, sendTurns, type TurnScene } from './turns';

/** The server's cost and the bytes of an event that each of many clients gets as gzip. */
export const compressedStreams: Contest<StreamEntrant> = {
  name: 'compressed',
  heading: 'Compressed SSE: server CPU and bytes per delivered event',
  entrants: compressed,
  figures: [
    { key: 'micros', title: 'µs per event', unit: 'µs', charted: true },
    { key: 'wire', title: 'bytes to a client', unit: 'count', charted: false },
    { key: 'clientMicros', title: "clients' µs", unit: 'µs', charted: false },
  ],
  comparisons: [
    besides('gzip-off', '× plain'),
    { figure: 'wire', base: 'gzip-off', column: 'bytes × plain' },
    besides('gzip-compression', '× compression()'),
  ],
  targets: [
    { figure: 'micros', variant: 'gzip-pushwire', base: 'gzip-off', most: 1.1, clients: 1000, perTurn: 1 },
    { figure: 'wire', variant: 'gzip-pushwire', base: 'gzip-off', most: 0.25, clients: 1000, perTurn: 1 },
  ],
  packages: ['express', 'compression'],
  clients: [1000],
  rounds: 5,
  measure: ({ entrant, clients, plan }: Subject<StreamEntrant>) =>
    withServer(entrant.start(plan.node), (server) =>
      withCrowd(server.port, clients, entrant.greeting, async (crowd) => {
        await sendTurns(server, crowd, { clients, perTurn: 1 }, plan.seconds);
        const found: Measurement[] = [];
        for (const perTurn of plan.perTurn) {
          const scene: TurnScene = { clients, perTurn };
          await sendTurns(server, crowd, scene, plan.seconds / 4);
          crowd.mark();
          const [delivered, received] = [crowd.delivered, crowd.received];
          const start = process.cpuUsage();
          server.mark();
          const turns = await sendTurns(server, crowd, scene, plan.seconds);
          const cpuMicros = await server.read();
          const { user, system } = process.cpuUsage(start);
          const published = turns * perTurn;
          crowd.checkEach(published);
          const deliveries = crowd.delivered - delivered;
          const figures = {
            micros: cpuMicros / deliveries,
            wire: (crowd.received - received) / deliveries,
            clientMicros: (user + system) / deliveries,
          };
          found.push({ scene, figures, counted: { published, delivered: deliveries, cpuMicros } });
        }
        return found;
      }),
    ),
};
