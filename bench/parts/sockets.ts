import type { Contest } from '../contest';
import { sockets as entrants, type StreamEntrant } from '../entrants';
import { besides, measureTurns, turnFigures } from './turns';

/** The server's cost of one event for each WebSocket that gets it. */
export const sockets: Contest<StreamEntrant> = {
  name: 'sockets',
  heading: 'WebSocket fan-out: server CPU per delivered event',
  entrants,
  figures: turnFigures,
  comparisons: [
    besides('socket-ws-buffer', '× ws loop of one Buffer'),
    besides('socket-bare', '× one shared frame'),
    besides('socket-nchan', '× nchan'),
  ],
  targets: ['socket-express', 'socket-koa'].map((variant) => ({
    figure: 'micros',
    variant,
    base: 'socket-ws-buffer',
    most: 0.9,
    clients: 1000,
    perTurn: 1,
  })),
  packages: ['express', 'koa', 'ws', 'socket.io'],
  clients: [1000, 5000],
  rounds: 5,
  measure: measureTurns,
};
