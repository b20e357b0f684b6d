import type { Server } from 'node:http';
import type { SampleEvent } from '../sample-event';

/** A variant of the bench: a server that streams on `GET /`, and a way to publish to clients. */
export interface FanOutServer {
  /** The server, which does not listen yet. */
  readonly server: Server;
  /** Sends one event to all clients in the usual way of the library. A promise is its answer. */
  publish(event: SampleEvent): unknown;
  /** Returns the number of requests that wait for an event, for servers that hold them. */
  held?(): number;
}

export type CreateServer = (...words: string[]) => FanOutServer | Promise<FanOutServer>;

/** The headers of variants without a library that sends them. */
export const streamHeaders = { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache' };

/** Milliseconds between pings, longer than the bench runs, since a bare loop of ws sends none. */
export const noPings = 600_000;
