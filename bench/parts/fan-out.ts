import type { Contest, Target } from '../contest';
import { choose, type StreamEntrant, streams } from '../entrants';
import { besides, measureTurns, turnFigures } from './turns';

/** The server's cost of one channel for each event that it delivers to each of many clients. */
export const fanOut: Contest<StreamEntrant> = {
  name: 'fan-out',
  heading: 'SSE fan-out: server CPU per delivered event',
  entrants: choose(
    streams,
    'bare-buffer',
    'express-write',
    'pushwire-express',
    'pushwire-koa',
    'sse-channel',
    'better-sse',
    'express-sse',
    'nchan',
  ),
  figures: turnFigures,
  comparisons: [
    besides('better-sse', '× better-sse'),
    besides('nchan', '× nchan'),
    besides('express-write', '× plain `res.write` loop'),
    besides('bare-buffer', '× bare shared Buffer'),
  ],
  targets: ['pushwire-express', 'pushwire-koa'].flatMap((variant): Target[] => {
    const target = { figure: 'micros', variant, clients: 1000, perTurn: 1 };
    return [
      { ...target, base: 'better-sse', most: 0.35 },
      { ...target, base: 'nchan', most: 0.9 },
      { ...target, base: 'bare-buffer', most: 1.1 },
      { ...target, base: 'better-sse', most: 0.05, perTurn: 16 },
    ];
  }),
  packages: ['express', 'koa', 'better-sse', 'sse-channel', 'express-sse'],
  clients: [1000, 5000],
  rounds: 5,
  measure: measureTurns,
};
