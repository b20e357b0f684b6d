import { setTimeout as sleep } from 'node:timers/promises';
import { withCrowd } from '../clients/crowd';
import type { Contest, Measurement, Subject, Target } from '../contest';
import { byHandStreams, type StreamEntrant } from '../entrants';
import { withServer } from '../processes/server-handle';
import { besides, measureCrowd, turnFigures } from './turns';

const target = { figure: 'micros', clients: 1000, perTurn: 1 };

/** The server's cost of a session that an app writes to by itself: CPU of an event, and memory. */
export const byHand: Contest<StreamEntrant> = {
  name: 'by-hand',
  heading: 'Streams by hand: server CPU per event that is sent to one client, and memory of each',
  entrants: byHandStreams,
  figures: [
    ...turnFigures,
    { key: 'rss', title: 'RSS of each', unit: 'bytes', charted: false },
    { key: 'heap', title: 'heap of each', unit: 'bytes', charted: false },
  ],
  comparisons: [
    besides('by-hand-better-sse', '× better-sse'),
    besides('by-hand-write', '× `res.write` on Express'),
    besides('by-hand-write-http', '× bare `res.write`'),
    { figure: 'heap', base: 'by-hand-better-sse', column: 'heap × better-sse' },
    { figure: 'heap', base: 'by-hand-write-http', column: 'heap × bare http' },
  ],
  // The memory of so few clients is mostly what the process takes for all of them. `idle` judges it.
  targets: [
    ...['by-hand-express', 'by-hand-koa', 'by-hand-http'].map((variant): Target => {
      return { ...target, variant, base: 'by-hand-better-sse', most: 0.7 };
    }),
    // Each is compared with a loop on the same server.
    { ...target, variant: 'by-hand-express', base: 'by-hand-write', most: 1.15 },
    { ...target, variant: 'by-hand-koa', base: 'by-hand-write', most: 1.15 },
    { ...target, variant: 'by-hand-http', base: 'by-hand-write-http', most: 1.15 },
  ],
  packages: ['express', 'koa', 'better-sse'],
  clients: [1000],
  rounds: 5,
  measure: ({ entrant, clients, plan }: Subject<StreamEntrant>) =>
    withServer(entrant.start([...plan.node, '--expose-gc']), async (server) => {
      const before = await server.memory();
      return withCrowd(server.port, clients, entrant.greeting, async (crowd) => {
        await sleep(plan.seconds * 2000);
        const after = await server.memory();
        const memory = {
          rss: (after.rss - before.rss) / clients,
          heap: ((after.heap ?? 0) - (before.heap ?? 0)) / clients,
        };
        const turns = await measureCrowd(server, crowd, clients, plan);
        return turns.map((turn): Measurement => ({ ...turn, figures: { ...turn.figures, ...memory } }));
      });
    }),
};
