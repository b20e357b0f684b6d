import { type Crowd, withCrowd } from '../clients/crowd';
import { Latencies } from '../clients/latencies';
import { publishAtRate } from '../clients/pace';
import type { Contest, Figure, Measurement, Subject, Target } from '../contest';
import { choose, type StreamEntrant, streams } from '../entrants';
import { type ServerHandle, withServer } from '../processes/server-handle';

/** Deliveries per second to all clients. */
const rate = 20_000;
/** A rate takes longer to measure than a cost. */
const durationFactor = 6;

const quantiles: readonly Figure[] = ['p50', 'p90', 'p99'].map((key) => ({
  key,
  title: key,
  unit: 'ms',
  charted: true,
}));

/** The time of an event from the command to publish it to each client's read, at a fixed rate. */
export const latency: Contest<StreamEntrant> = {
  name: 'latency',
  heading: `Latency at ${rate.toLocaleString('en')} deliveries per second`,
  entrants: choose(streams, 'bare-buffer', 'express-write', 'pushwire-express', 'pushwire-koa', 'better-sse', 'nchan'),
  figures: [...quantiles, { key: 'micros', title: 'server µs per event', unit: 'µs', charted: false }],
  comparisons: ['p50', 'p90', 'p99'].map((figure) => ({ figure, base: 'bare-buffer', column: `${figure} × bare` })),
  targets: ['pushwire-express', 'pushwire-koa'].flatMap((variant): Target[] => {
    const target = { variant, base: 'bare-buffer', most: 1.2 };
    return [
      { ...target, figure: 'p50' },
      { ...target, figure: 'p90' },
    ];
  }),
  packages: ['express', 'koa', 'better-sse'],
  clients: [1000],
  rounds: 5,
  measure: ({ entrant, clients, plan }: Subject<StreamEntrant>) =>
    withServer(entrant.start(plan.node), (server) =>
      withCrowd(server.port, clients, entrant.greeting, async (crowd) => {
        const seconds = plan.seconds * durationFactor;
        await publishAtRate(server, crowd, clients, rate / clients, seconds / 2);
        return [await measureAtRate(server, crowd, clients, seconds)];
      }),
    ),
};

async function measureAtRate(server: ServerHandle, crowd: Crowd, clients: number, seconds: number) {
  const latencies = new Latencies();
  const before = crowd.delivered;
  crowd.listener = latencies.hear;
  crowd.mark();
  server.mark();
  const published = await publishAtRate(server, crowd, clients, rate / clients, seconds);
  const cpuMicros = await server.read();
  crowd.checkEach(published);
  const delivered = crowd.delivered - before;
  const [p50, p90, p99] = latencies.quantiles(0.5, 0.9, 0.99) as [number, number, number];
  const figures = { p50, p90, p99, micros: cpuMicros / delivered };
  return { scene: { clients }, figures, counted: { published, delivered, cpuMicros } } satisfies Measurement;
}
