import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import express from 'express';
import Koa from 'koa';
import type { SampleEvent } from '../sample-event';
import type { FanOutServer } from './server';

const headers = { 'Cache-Control': 'private, no-store', 'X-Content-Type-Options': 'nosniff' };
const wait = 600_000;

/**
 * Long polls of Express or Koa without a library, which do what those of Pushwire do for one client:
 * a cursor, so that no message between two polls is lost, the end of a wait, and clients that leave.
 */
export function create(framework: string): FanOutServer {
  const polls = new Polls();
  return {
    server: createServer(framework === 'koa' ? onKoa(polls) : onExpress(polls)),
    publish: (event) => polls.publish(event),
    held: () => polls.held.size,
  };
}

class Polls {
  readonly held = new Set<() => void>();
  readonly #log: SampleEvent[] = [];

  publish(event: SampleEvent): void {
    this.#log.push(event);
    for (const answer of this.held) answer();
  }

  /** True if a client that asks from a cursor has to wait. */
  isUpToDate(from: string | undefined): boolean {
    return from !== undefined && Number(from) >= this.#log.length;
  }

  /** Calls `answer` with the next message, or when the wait is over. */
  hold(response: ServerResponse, answer: () => void): void {
    const end = () => {
      forget();
      answer();
    };
    const forget = () => {
      clearTimeout(timer);
      this.held.delete(end);
    };
    const timer = setTimeout(end, wait);
    this.held.add(end);
    response.on('close', forget);
  }

  bodyAfter(from: string | undefined) {
    const place = Number(from ?? this.#log.length);
    const messages = this.#log.slice(place).map((data, i) => ({ id: String(place + i + 1), data }));
    return { cursor: String(this.#log.length), messages, from };
  }
}

function onExpress(polls: Polls): RequestListener {
  const app = express();
  app.get('/', (request, response) => {
    const from = request.query.cursor as string | undefined;
    const answer = () => {
      response.set(headers);
      response.json(polls.bodyAfter(from));
    };
    if (polls.isUpToDate(from)) polls.hold(response, answer);
    else answer();
  });
  return app;
}

function onKoa(polls: Polls): RequestListener {
  const app = new Koa();
  // Koa emits an app error for each connection that a client resets.
  app.silent = true;
  app.use(async (ctx) => {
    const from = ctx.query.cursor as string | undefined;
    if (polls.isUpToDate(from)) await new Promise<void>((resolve) => polls.hold(ctx.res, resolve));
    ctx.set(headers);
    ctx.body = polls.bodyAfter(from);
  });
  return app.callback();
}
