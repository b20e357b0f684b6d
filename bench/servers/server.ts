import type { Server } from 'node:http';
import type { SampleEvent } from '../sample-event';

/** What every variant is to the bench: a server that streams on `GET /`, and a way to tell all its clients something. */
export interface FanOutServer {
  /** Not listening yet. */
  readonly server: Server;
  /** Sends one event to everybody who is connected, the way users of the library do; where it gives a promise, that is the answer. */
  publish(event: SampleEvent): unknown;
  /** How many requests wait for an event, where they are held and not streamed to. */
  held?(): number;
}

export type CreateServer = (...words: string[]) => FanOutServer | Promise<FanOutServer>;

/** For the variants that have no library to write a head for them. */
export const streamHeaders = { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache' };

/** Milliseconds between pings, longer than the bench lasts: a bare loop of ws has none. */
export const noPings = 600_000;
