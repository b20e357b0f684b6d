import type { Entrant } from './contest';
import { eventStream } from './greeting';
import { runContest } from './run-contest';

const streaming = (server: string, title: string): Entrant => ({ title, server, greeting: eventStream });

/** What one channel costs the server for each event that it delivers to each of many clients. */
runContest({
  name: 'fan-out',
  heading: 'Fan-out',
  entrants: {
    'bare-buffer': streaming('bare-buffer', 'bare http, one shared Buffer to res.socket'),
    'express-write': streaming('express-write', 'Express 5, plain res.write loop'),
    'pushwire-express': streaming('pushwire-express', 'pushwire on Express 5'),
    'pushwire-koa': streaming('pushwire-koa', 'pushwire on Koa 3'),
    'sse-channel': streaming('sse-channel', 'sse-channel on Express 5'),
    'better-sse': streaming('better-sse', 'better-sse on Express 5'),
  },
  plain: { variant: 'express-write', column: '× plain `res.write` loop' },
  floor: { variant: 'bare-buffer', column: '× bare shared Buffer' },
  packages: ['express', 'koa', 'better-sse', 'sse-channel'],
  perTurn: '1,4,16,64',
});
