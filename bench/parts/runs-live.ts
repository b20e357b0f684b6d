import { withCrowd } from '../clients/crowd';
import { eventStream } from '../clients/greeting';
import type { Contest, Measurement, Subject } from '../contest';
import { choose } from '../entrants';
import { type RunEntrant, runs, withRunPackages, withRunServer } from '../run-entrants';
import { sendTurns, type TurnScene } from './turns';

/** The cost of a token of an answer under way, to one reader and to several. */
export const runsLive: Contest<RunEntrant> = {
  name: 'runs-live',
  heading: 'Runs: CPU and bytes of a token while it is produced',
  entrants: choose(runs, 'run-write', 'run-memory', 'run-redis', 'run-resumable-stream'),
  figures: [
    { key: 'tokenMicros', title: "server's µs per token", unit: 'µs', charted: true },
    { key: 'micros', title: 'µs per token and reader', unit: 'µs', charted: false },
    { key: 'bytes', title: 'bytes to a reader', unit: 'count', charted: false },
    { key: 'redisMicros', title: "Redis' µs per token", unit: 'µs', charted: false },
    { key: 'commands', title: 'commands per token', unit: 'count', charted: false },
  ],
  comparisons: [
    { figure: 'tokenMicros', base: 'run-resumable-stream', column: 'server × resumable-stream' },
    { figure: 'tokenMicros', base: 'run-write', column: 'server × res.write' },
  ],
  targets: [],
  ...withRunPackages,
  clients: [1, 100],
  rounds: 5,
  measure: ({ entrant, clients, plan }: Subject<RunEntrant>) =>
    withRunServer(entrant, plan.node, (server, redis) =>
      withCrowd(server.port, clients, eventStream, async (crowd) => {
        await sendTurns(server, crowd, { clients, perTurn: 1 }, plan.seconds);
        const found: Measurement[] = [];
        for (const perTurn of plan.perTurn) {
          const scene: TurnScene = { clients, perTurn };
          await sendTurns(server, crowd, scene, plan.seconds / 4);
          await redis?.mark();
          crowd.mark();
          const [delivered, received] = [crowd.delivered, crowd.received];
          server.mark();
          const turns = await sendTurns(server, crowd, scene, plan.seconds);
          const cpuMicros = await server.read();
          const cost = await redis?.read();
          const published = turns * perTurn;
          crowd.checkEach(published);
          const deliveries = crowd.delivered - delivered;
          const figures = {
            tokenMicros: cpuMicros / published,
            micros: cpuMicros / deliveries,
            bytes: (crowd.received - received) / deliveries,
            ...(cost && { redisMicros: cost.cpuMicros / published, commands: cost.commands / published }),
          };
          found.push({ scene, figures, counted: { published, delivered: deliveries, cpuMicros } });
        }
        return found;
      }),
    ),
};
