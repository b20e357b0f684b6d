import { setTimeout as sleep } from 'node:timers/promises';
import { Crowd } from '../clients/crowd';
import { PollCrowd } from '../clients/poll-crowd';
import type { Contest, Measurement, Subject } from '../contest';
import {
  byHandStreams,
  choose,
  handSockets,
  type PollEntrant,
  polls,
  type StreamEntrant,
  sockets,
  streams,
} from '../entrants';
import { type Memory, type ServerHandle, withServer } from '../processes/server-handle';

type IdleEntrant = StreamEntrant | PollEntrant;

const byHand = { figure: 'rss', clients: 10_000 };

/** Held polls take at most a tenth more than held responses, and than polls by hand. */
const heldPolls = [
  { base: 'poll-express', variant: 'poll-pushwire' },
  { base: 'poll-koa', variant: 'poll-pushwire-koa' },
  { base: 'poll-hand-express', variant: 'poll-pushwire' },
  { base: 'poll-hand-koa', variant: 'poll-pushwire-koa' },
].flatMap((pair) => ['rss', 'reclaimed', 'heap'].map((figure) => ({ ...pair, figure, most: 1.1, clients: 10_000 })));

/** A WebSocket takes little more than one of `ws`, whose sockets have no route. */
const webSockets = ['socket-express', 'socket-koa'].flatMap((variant) => [
  { figure: 'heap', variant, base: 'socket-ws-string', most: 1.15, clients: 10_000 },
  { figure: 'rss', variant, base: 'socket-ws-string', most: 1.3, clients: 10_000 },
  { figure: 'reclaimed', variant, base: 'socket-ws-string', most: 1.3, clients: 10_000 },
]);

/** The server's memory of a connection while nothing is sent. */
export const idle: Contest<IdleEntrant> = {
  name: 'idle',
  heading: 'Memory of an idle connection',
  entrants: {
    ...choose(streams, 'bare-buffer', 'express-write', 'pushwire-express', 'pushwire-koa', 'better-sse', 'nchan'),
    ...choose(byHandStreams, 'by-hand-http', 'by-hand-express', 'by-hand-koa', 'by-hand-better-sse'),
    ...choose(sockets, 'socket-ws-string', 'socket-express', 'socket-koa'),
    ...handSockets,
    ...choose(polls, 'poll-express', 'poll-hand-express', 'poll-pushwire'),
    ...choose(polls, 'poll-koa', 'poll-hand-koa', 'poll-pushwire-koa'),
  },
  figures: [
    { key: 'rss', title: 'RSS of each', unit: 'bytes', charted: true },
    { key: 'reclaimed', title: 'RSS of each, reclaimed', unit: 'bytes', charted: false },
    { key: 'heap', title: 'heap of each', unit: 'bytes', charted: true },
  ],
  comparisons: [
    { figure: 'rss', base: 'express-write', column: 'RSS × plain Express' },
    { figure: 'rss', base: 'bare-buffer', column: 'RSS × bare http' },
    { figure: 'rss', base: 'by-hand-better-sse', column: 'RSS × better-sse' },
    { figure: 'rss', base: 'socket-ws-string', column: 'RSS × ws' },
    { figure: 'reclaimed', base: 'socket-ws-string', column: 'reclaimed × ws' },
    { figure: 'heap', base: 'socket-ws-string', column: 'heap × ws' },
  ],
  targets: [
    { figure: 'rss', variant: 'pushwire-express', most: 10 * 1024, clients: 10_000 },
    { figure: 'rss', variant: 'pushwire-koa', most: 11 * 1024, clients: 10_000 },
    { figure: 'reclaimed', variant: 'pushwire-koa', most: 11 * 1024, clients: 10_000 },
    ...webSockets,
    // Each is compared with a loop that holds its responses on the same server.
    { ...byHand, variant: 'by-hand-http', base: 'bare-buffer', most: 1.15 },
    { ...byHand, variant: 'by-hand-express', base: 'express-write', most: 1.15 },
    { ...byHand, variant: 'by-hand-koa', base: 'express-write', most: 1.15 },
    { ...byHand, variant: 'by-hand-express', base: 'by-hand-better-sse', most: 0.7 },
    { ...byHand, variant: 'by-hand-koa', base: 'by-hand-better-sse', most: 0.7 },
    ...heldPolls,
  ],
  packages: ['express', 'koa', 'ws', 'better-sse'],
  clients: [10_000],
  // Memory varies less between rounds than time does.
  rounds: 3,
  measure: ({ entrant, clients, plan }: Subject<IdleEntrant>) => {
    const flags = [...plan.node, '--expose-gc'];
    const settleMs = plan.seconds * 2000;
    if ('greeting' in entrant) {
      return withServer(entrant.start(flags), (server) =>
        measureHeld(server, clients, settleMs, async () => {
          const crowd = await Crowd.connect(server.port, clients, entrant.greeting);
          return { crowd, turn: () => everybodyGetsOne(server, crowd, clients) };
        }),
      );
    }
    return withServer(entrant.start(flags), (server) =>
      measureHeld(server, clients, settleMs, async () => {
        const crowd = await PollCrowd.connect(server, clients, entrant.cursors);
        return { crowd, turn: () => crowd.turn() };
      }),
    );
  },
};

interface Joined {
  readonly crowd: { close(): void; checkEach(events: number): void };
  /** Shows that all clients are still connected. */
  turn(): Promise<void>;
}

async function measureHeld(server: ServerHandle, clients: number, settleMs: number, join: () => Promise<Joined>) {
  const before = await server.memory(true);
  const { crowd, turn } = await join();
  try {
    await sleep(settleMs);
    const after = await server.memory(true);
    await turn();
    crowd.checkEach(1);
    const counted = { rssBefore: before.rss, rssAfter: after.rss };
    return [{ scene: { clients }, figures: growthOf(before, after, clients), counted }] satisfies Measurement[];
  } finally {
    crowd.close();
  }
}

/** Returns the figures that the server has, by client. */
function growthOf(before: Memory, after: Memory, clients: number): Record<string, number> {
  const figures = (['rss', 'reclaimed', 'heap'] as const).flatMap((key) => {
    const bytes = after[key];
    return bytes === undefined ? [] : [[key, (bytes - (before[key] ?? 0)) / clients] as const];
  });
  return Object.fromEntries(figures);
}

async function everybodyGetsOne(server: ServerHandle, crowd: Crowd, clients: number): Promise<void> {
  crowd.mark();
  const goal = crowd.delivered + clients;
  server.publish(1);
  await crowd.untilDelivered(goal);
}
