import { withCrowd } from '../clients/crowd';
import { eventStream } from '../clients/greeting';
import type { Contest, Subject } from '../contest';
import { choose } from '../entrants';
import { type RunEntrant, runs, withRunPackages, withRunServer } from '../run-entrants';

/** The tokens of the answer so far, as long as a page of text. */
const tokens = 2000;
const durationFactor = 2;

/** The cost of a reader that comes late and reads an answer so far. */
export const runsReplay: Contest<RunEntrant> = {
  name: 'runs-replay',
  heading: `Runs: a late reader gets ${tokens.toLocaleString('en')} tokens`,
  entrants: choose(runs, 'run-memory', 'run-redis', 'run-memory-joined', 'run-redis-joined', 'run-resumable-stream'),
  figures: [
    { key: 'micros', title: "server's µs per replay", unit: 'µs', charted: true },
    { key: 'ms', title: 'time', unit: 'ms', charted: true },
    { key: 'bytes', title: 'bytes', unit: 'bytes', charted: false },
    { key: 'redisMicros', title: "Redis' µs per replay", unit: 'µs', charted: false },
    { key: 'commands', title: 'commands per replay', unit: 'count', charted: false },
  ],
  comparisons: [
    { figure: 'micros', base: 'run-resumable-stream', column: 'server × resumable-stream' },
    { figure: 'ms', base: 'run-resumable-stream', column: 'time × resumable-stream' },
  ],
  targets: [],
  ...withRunPackages,
  clients: [1],
  rounds: 5,
  measure: ({ entrant, clients, plan }: Subject<RunEntrant>) =>
    withRunServer(entrant, plan.node, (server, redis) =>
      // The first reader has been there from the beginning.
      withCrowd(server.port, 1, eventStream, async (first) => {
        server.publish(tokens);
        await first.untilDelivered(tokens);
        const seconds = plan.seconds * durationFactor;
        await replay(server.port, clients, seconds / 4);
        await redis?.mark();
        server.mark();
        const { times, bytes } = await replay(server.port, clients, seconds);
        const cpuMicros = await server.read();
        const cost = await redis?.read();
        const replays = times.length * clients;
        const figures = {
          micros: cpuMicros / replays,
          ms: times[times.length >> 1] as number,
          bytes: bytes / replays,
          ...(cost && { redisMicros: cost.cpuMicros / replays, commands: cost.commands / replays }),
        };
        const published = times.length * tokens;
        return [{ scene: { clients }, figures, counted: { published, delivered: published * clients, cpuMicros } }];
      }),
    ),
};

/** Reads the answer again and again. Returns the ms of each time, sorted, and the bytes of all. */
async function replay(port: number, clients: number, seconds: number) {
  const times: number[] = [];
  let bytes = 0;
  const end = performance.now() + seconds * 1000;
  do {
    const began = performance.now();
    await withCrowd(port, clients, eventStream, async (crowd) => {
      await crowd.untilDelivered(tokens * clients);
      crowd.checkEach(tokens);
      bytes += crowd.received;
    });
    times.push(performance.now() - began);
  } while (performance.now() < end);
  return { times: times.sort((a, b) => a - b), bytes };
}
