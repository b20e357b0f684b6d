import { withCrowd } from '../clients/crowd';
import { eventStreamAt } from '../clients/greeting';
import type { Contest, Subject } from '../contest';
import { choose } from '../entrants';
import { type RunEntrant, runs, withRunPackages, withRunServer } from '../run-entrants';

const greeting = { ...eventStreamAt('/start'), mayEnd: true };
/** A start takes longer than a token. */
const durationFactor = 4;

/** From the request that starts an answer to its first token, which is also its last. */
export const runsStart: Contest<RunEntrant> = {
  name: 'runs-start',
  heading: 'Runs: from the request that starts one to its first token',
  entrants: choose(runs, 'run-write', 'run-memory', 'run-redis', 'run-resumable-stream'),
  figures: [
    { key: 'p50', title: 'p50', unit: 'ms', charted: true },
    { key: 'p90', title: 'p90', unit: 'ms', charted: true },
    { key: 'micros', title: "server's µs per run", unit: 'µs', charted: false },
    { key: 'redisMicros', title: "Redis' µs per run", unit: 'µs', charted: false },
    { key: 'commands', title: 'commands per run', unit: 'count', charted: false },
  ],
  comparisons: [
    { figure: 'p50', base: 'run-resumable-stream', column: 'p50 × resumable-stream' },
    { figure: 'micros', base: 'run-resumable-stream', column: 'server × resumable-stream' },
  ],
  targets: [],
  ...withRunPackages,
  clients: [1],
  rounds: 5,
  measure: ({ entrant, clients, plan }: Subject<RunEntrant>) =>
    withRunServer(entrant, plan.node, async (server, redis) => {
      const seconds = plan.seconds * durationFactor;
      await startRuns(server.port, clients, seconds / 4);
      await redis?.mark();
      server.mark();
      const times = await startRuns(server.port, clients, seconds);
      const cpuMicros = await server.read();
      const cost = await redis?.read();
      const published = times.length;
      const figures = {
        p50: times[Math.floor(published * 0.5)] as number,
        p90: times[Math.floor(published * 0.9)] as number,
        micros: cpuMicros / published,
        ...(cost && { redisMicros: cost.cpuMicros / published, commands: cost.commands / published }),
      };
      // Each crowd has counted its own.
      return [{ scene: { clients }, figures, counted: { published, delivered: published * clients, cpuMicros } }];
    }),
};

/** Starts runs, one after the other, and returns the ms until their tokens were there, sorted. */
async function startRuns(port: number, clients: number, seconds: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  do {
    const began = performance.now();
    await withCrowd(port, clients, greeting, (crowd) => crowd.untilDelivered(clients));
    times.push(performance.now() - began);
  } while (performance.now() < end);
  return times.sort((a, b) => a - b);
}
