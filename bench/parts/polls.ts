import { PollCrowd } from '../clients/poll-crowd';
import { stayAwake } from '../clients/stay-awake';
import type { Contest, Measurement, Subject } from '../contest';
import { polls as entrants, type PollEntrant } from '../entrants';
import { withServer } from '../processes/server-handle';

/** The server's cost of an event that answers a held poll, with the request that follows. */
export const polls: Contest<PollEntrant> = {
  name: 'polls',
  heading: 'Long polls: server CPU per delivered event and next request',
  entrants,
  figures: [{ key: 'micros', title: 'µs per event and next request', unit: 'µs', charted: true }],
  comparisons: [
    { figure: 'micros', base: 'poll-hand-express', column: '× Express by hand' },
    { figure: 'micros', base: 'poll-express', column: '× held res alone' },
    { figure: 'micros', base: 'poll-hand-koa', column: '× Koa by hand' },
    { figure: 'micros', base: 'poll-koa', column: '× held middleware alone' },
    { figure: 'micros', base: 'poll-bare', column: '× bare http' },
  ],
  // Those by hand give the same answers, with the same headers, to the same requests.
  targets: [
    { figure: 'micros', variant: 'poll-pushwire', base: 'poll-express', most: 1.1 },
    { figure: 'micros', variant: 'poll-pushwire-koa', base: 'poll-koa', most: 1.1 },
    { figure: 'micros', variant: 'poll-pushwire', base: 'poll-hand-express', most: 1.1 },
    { figure: 'micros', variant: 'poll-pushwire-koa', base: 'poll-hand-koa', most: 1.1 },
  ],
  packages: ['express', 'koa'],
  // From some number of clients on, V8 collects garbage while polls are held, which then costs half
  // as much again. That number is not the same for two servers.
  clients: [300, 1000, 3000],
  rounds: 5,
  measure: ({ entrant, clients, plan }: Subject<PollEntrant>) =>
    withServer(entrant.start(plan.node), async (server) => {
      const crowd = await PollCrowd.connect(server, clients, entrant.cursors);
      try {
        await stayAwake(() => warmUp(crowd, plan.seconds * warmUpsPerSecond));
        const before = crowd.delivered;
        crowd.mark();
        server.mark();
        const published = await stayAwake(() => takeTurns(crowd, plan.seconds * durationFactor));
        const cpuMicros = await server.read();
        crowd.checkEach(published);
        const delivered = crowd.delivered - before;
        const figures = { micros: cpuMicros / delivered };
        return [{ scene: { clients }, figures, counted: { published, delivered, cpuMicros } }] satisfies Measurement[];
      } finally {
        crowd.close();
      }
    }),
};

/** Polls before a measurement for each of its seconds. Node 24 compiles for 30,000. */
const warmUpsPerSecond = 90_000;

async function warmUp(crowd: PollCrowd, polls: number): Promise<void> {
  while (crowd.delivered < polls) await crowd.turn();
}

/** A turn takes a quarter of a second, so that it takes longer to measure than other costs. */
const durationFactor = 6;

/** @returns the number of turns in that time. */
async function takeTurns(crowd: PollCrowd, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let turns = 0;
  do {
    await crowd.turn();
    turns++;
  } while (performance.now() < end);
  return turns;
}
