import { eventStream, type Greeting, gzipStream, socketIo, webSocket } from './clients/greeting';
import type { Entrant } from './contest';
import { NchanServer } from './processes/nchan-server';
import { NodeServer } from './processes/node-server';
import type { ServerHandle } from './processes/server-handle';

/** A server whose clients stay connected. */
export interface StreamEntrant extends Entrant {
  start(node: readonly string[]): Promise<ServerHandle>;
  /** The greeting of its clients. */
  readonly greeting: Greeting;
}

/** A server whose clients poll for each event. */
export interface PollEntrant extends Entrant {
  start(node: readonly string[]): Promise<NodeServer>;
  /** True if a poll sends a cursor. */
  readonly cursors: boolean;
}

/** A server of polls that are answered at once: `/interval` and `/long`. */
export interface EmptyPollEntrant extends Entrant {
  start(node: readonly string[]): Promise<NodeServer>;
}

/** Server-Sent Events. */
export const streams = {
  'bare-buffer': stream('bare http, one shared Buffer to res.socket', 'bare-buffer'),
  'express-write': stream('Express 5, plain res.write loop', 'express-write'),
  'express-head': stream('Express 5, the same head and first bytes by hand', 'express-head'),
  'koa-write': stream('Koa 3, plain res.write loop', 'koa-write'),
  'pushwire-express': stream('pushwire on Express 5', 'pushwire-express'),
  'pushwire-koa': stream('pushwire on Koa 3', 'pushwire-koa'),
  'sse-channel': stream('sse-channel on Express 5', 'sse-channel'),
  'better-sse': stream('better-sse on Express 5', 'better-sse'),
  'express-sse': stream('express-sse on Express 5', 'express-sse'),
  nchan: nchan('nginx + nchan', eventStream),
} as const;

/** Server-Sent Events that an app sends to each client by itself. */
export const byHandStreams = {
  'by-hand-write-http': stream('bare http, res.write to each', 'by-hand-write', eventStream, 'http'),
  'by-hand-write': stream('Express 5, res.write to each', 'by-hand-write', eventStream, 'express'),
  'by-hand-http': stream('pushwire openStream() on bare http', 'by-hand-pushwire', eventStream, 'http'),
  'by-hand-express': stream('pushwire openStream() on Express 5', 'by-hand-pushwire', eventStream, 'express'),
  'by-hand-koa': stream('pushwire openStream() on Koa 3', 'by-hand-pushwire', eventStream, 'koa'),
  'by-hand-better-sse': stream('better-sse session.push on Express 5', 'by-hand-better-sse'),
} as const;

/** Server-Sent Events of 170 bytes of JSON, plain and as gzip. */
export const compressed = {
  'gzip-off': stream('pushwire on Express 5, plain', 'gzip-pushwire'),
  'gzip-pushwire': stream('pushwire with `compress` on Express 5', 'gzip-pushwire', gzipStream),
  'gzip-compression': stream('Express 5, compression() and res.flush()', 'gzip-compression', gzipStream),
} as const;

/** The same events, with a channel for each client. */
export const compressedAlone = {
  'alone-off': stream('pushwire, plain', 'gzip-channels'),
  'alone-gzip': stream('pushwire with `compress`', 'gzip-channels', gzipStream),
} as const;

const plain = webSocket();

export const sockets = {
  'socket-bare': stream('one shared frame to each net.Socket', 'socket-bare', plain),
  'socket-ws-string': stream('ws, a loop of send(string)', 'socket-ws-string', plain),
  'socket-ws-buffer': stream('ws, a loop of send(one Buffer)', 'socket-ws-buffer', plain),
  'socket-express': stream('pushwire WebSocket on Express 5', 'socket-express', plain),
  'socket-express-v1': stream('pushwire.v1 WebSocket on Express 5', 'socket-express', webSocket('pushwire.v1')),
  'socket-koa': stream('pushwire WebSocket on Koa 3', 'socket-koa', plain),
  'socket-io': stream('socket.io, io.emit', 'socket-io', socketIo),
  'socket-nchan': nchan('nginx + nchan, WebSocket', plain),
} as const;

/** Requests to an app whose route takes their socket, so that `ws` gets it. */
export const handSockets = {
  'socket-hand-express': stream('Express 5, ws by hand', 'socket-hand-express', plain),
  'socket-hand-koa': stream('Koa 3, ws by hand', 'socket-hand-koa', plain),
} as const;

export const polls = {
  'poll-bare': poll('bare http, one shared Buffer', 'poll-bare'),
  'poll-express': poll('Express 5, held res and res.json', 'poll-express'),
  'poll-pushwire': poll('pushwire longPoll() on Express 5', 'poll-pushwire', true, 'express'),
  'poll-delayed': poll('pushwire longPoll() on Express 5, default batchDelay', 'poll-pushwire', true, 'express', '10'),
  'poll-hand-express': poll('Express 5, long polls with a cursor by hand', 'poll-by-hand', true),
  'poll-koa': poll('Koa 3, held middleware and ctx.body', 'poll-koa'),
  'poll-hand-koa': poll('Koa 3, long polls with a cursor by hand', 'poll-by-hand', true, 'koa'),
  'poll-pushwire-koa': poll('pushwire longPoll() on Koa 3', 'poll-pushwire', true, 'koa'),
  'poll-delayed-koa': poll('pushwire longPoll() on Koa 3, default batchDelay', 'poll-pushwire', true, 'koa', '10'),
} as const;

/** Polls that find nothing new. */
export const emptyPolls = {
  'empty-express': emptyPoll('Express 5, a cursor by hand', 'empty-poll-write'),
  'empty-pushwire': emptyPoll('pushwire poll() and longPoll() on Express 5', 'empty-poll-pushwire'),
  'empty-koa': emptyPoll('Koa 3, a cursor by hand', 'empty-poll-write', 'koa'),
  'empty-pushwire-koa': emptyPoll('pushwire poll() and longPoll() on Koa 3', 'empty-poll-pushwire', 'koa'),
} as const;

/** Returns the entrants of a catalogue that take part. */
export function choose<E extends Entrant, K extends string>(catalogue: Readonly<Record<K, E>>, ...names: K[]) {
  return Object.fromEntries(names.map((name) => [name, catalogue[name]])) as Record<K, E>;
}

function stream(
  title: string,
  server: string,
  greeting: Greeting = eventStream,
  ...words: readonly string[]
): StreamEntrant {
  return { title, start: (node) => NodeServer.start(server, { node, words }), greeting };
}

function nchan(title: string, greeting: Greeting): StreamEntrant {
  return { title, start: () => NchanServer.start(), missing: () => NchanServer.missing(), isNode: false, greeting };
}

function poll(title: string, server: string, cursors = false, ...words: readonly string[]): PollEntrant {
  return { title, start: (node) => NodeServer.start(server, { node, words }), cursors };
}

function emptyPoll(title: string, server: string, ...words: readonly string[]): EmptyPollEntrant {
  return { title, start: (node) => NodeServer.start(server, { node, words }) };
}
