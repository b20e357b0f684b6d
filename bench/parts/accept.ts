import { setTimeout as sleep } from 'node:timers/promises';
import { Crowd, withCrowd } from '../clients/crowd';
import { stayAwake } from '../clients/stay-awake';
import type { Contest, Measurement, Subject } from '../contest';
import { choose, type StreamEntrant, sockets, streams } from '../entrants';
import { withServer } from '../processes/server-handle';

/** The number of crowds before the measurement. Node 24 compiles for 30,000 connections. */
const warmUps = 6;

/** A handshake that is a request to the app has a way through its routes, and then one through `ws`. */
const routeAndSocket = ['express-write', 'socket-ws-buffer'];

/** The server's cost of accepting a connection, with the head of its response, and of losing it. */
export const accept: Contest<StreamEntrant> = {
  name: 'accept',
  heading: 'Connections: server CPU of accepting one',
  entrants: {
    ...choose(streams, 'bare-buffer', 'express-write', 'express-head', 'koa-write'),
    ...choose(streams, 'pushwire-express', 'pushwire-koa', 'better-sse', 'nchan'),
    ...choose(sockets, 'socket-ws-buffer', 'socket-express', 'socket-koa'),
  },
  figures: [
    { key: 'micros', title: 'µs to accept', unit: 'µs', charted: true },
    { key: 'perSecond', title: 'accepted per CPU second', unit: 'count', charted: false },
    { key: 'leaveMicros', title: 'µs when it resets', unit: 'µs', charted: false },
    { key: 'bothMicros', title: 'µs for both', unit: 'µs', charted: false },
  ],
  comparisons: [
    { figure: 'micros', base: 'express-write', column: '× plain Express' },
    { figure: 'micros', base: 'express-head', column: '× the same bytes by hand' },
    { figure: 'micros', base: 'koa-write', column: '× plain Koa' },
    { figure: 'bothMicros', base: 'express-write', column: 'both × plain Express' },
    { figure: 'micros', base: routeAndSocket, column: '× Express + ws' },
  ],
  targets: [
    { figure: 'micros', variant: 'pushwire-express', base: 'express-write', most: 1.2 },
    { figure: 'micros', variant: 'pushwire-koa', base: 'express-write', most: 1.15 },
    { figure: 'micros', variant: 'socket-express', base: routeAndSocket, most: 1.15 },
    { figure: 'micros', variant: 'socket-koa', base: routeAndSocket, most: 1.15 },
  ],
  packages: ['express', 'koa', 'better-sse', 'ws'],
  clients: [5000],
  rounds: 5,
  measure: ({ entrant, clients, plan }: Subject<StreamEntrant>) =>
    withServer(entrant.start(plan.node), async (server) => {
      const settleMs = plan.seconds * 1000;
      for (let n = 0; n < warmUps; n++) {
        const warmUp = await Crowd.connect(server.port, clients, entrant.greeting);
        warmUp.close();
        await sleep(settleMs);
      }

      server.mark();
      const enterMicros = await stayAwake(() =>
        withCrowd(server.port, clients, entrant.greeting, async (crowd) => {
          // Work that a server defers until the head is sent is part of the cost.
          await sleep(settleMs);
          const cpuMicros = await server.read();
          crowd.mark();
          server.publish(1);
          await crowd.untilDelivered(clients);
          crowd.checkEach(1);
          server.mark();
          return cpuMicros;
        }),
      );
      await sleep(settleMs);
      const leaveMicros = await server.read();

      const micros = enterMicros / clients;
      const figures = {
        micros,
        perSecond: 1_000_000 / micros,
        leaveMicros: leaveMicros / clients,
        bothMicros: (enterMicros + leaveMicros) / clients,
      };
      return [{ scene: { clients }, figures, counted: { enterMicros, leaveMicros } }] satisfies Measurement[];
    }),
};
