import type { IncomingMessage } from 'node:http';
import { parseEventStream, type ReceivedEvent } from './event-stream';

/** The methods of a supertest request that {@link events} calls. */
export interface TestRequest {
  buffer(yes: boolean): this;
  abort(): unknown;
  parse(parser: (response: object, done: (error: Error | null, body: unknown) => void) => void): this;
  then<T>(use: (response: TestResponse) => T, fail: (error: unknown) => T): PromiseLike<T>;
}

interface TestResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
}

/** The result of {@link events}. */
export interface EventsSeen {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** The events without those of the protocol itself. */
  readonly messages: ReceivedEvent[];
  /** All events, those of the protocol included, such as `pushwire:open`. */
  readonly events: ReceivedEvent[];
  /** The received bytes, as text. */
  readonly text: string;
}

/** Options of {@link events}. */
export interface EventsOptions {
  /**
   * Ends the request after this number of messages. Events named `pushwire:…` don't count. Defaults
   * to `Infinity`, which waits for the end of the stream.
   */
  take?: number;
  /** Ends the request when it returns true for all events so far. No default. */
  until?: (events: readonly ReceivedEvent[]) => boolean;
  /** Milliseconds after which the promise rejects, with the events so far. Defaults to 2000 ms. */
  within?: number;
}

/**
 * Reads an endless event stream in a test. A plain supertest call would wait for the end of the
 * stream. This function ends the request itself.
 *
 * A refusal, such as 401, resolves with its status and no messages.
 *
 * @example
 * ```ts
 * import { events } from '@pushwire/core/testing';
 * import { createHub, sse } from '@pushwire/express';
 * import express from 'express';
 * import request from 'supertest';
 *
 * const app = express().get('/news', sse(createHub().channel('news')));
 * const { messages } = await events(request(app).get('/news?cursor=0'), { take: 3 });
 * ```
 */
export function events(test: TestRequest, options: EventsOptions = {}): Promise<EventsSeen> {
  const { take = Number.POSITIVE_INFINITY, until = () => false, within = 2000 } = options;
  let text = '';
  let stop: () => void = () => test.abort();
  const isEnough = (received: ReceivedEvent[]) => messagesOf(received).length >= take || until(received);

  // superagent passes the raw response to a parser, which its types don't say.
  const parser = (raw: object, done: (error: Error | null, body: unknown) => void) => {
    const response = raw as IncomingMessage;
    response.setEncoding('utf8');
    const finish = () => {
      response.removeAllListeners('data');
      done(null, text);
      response.destroy();
    };
    stop = finish;
    response.on('data', (chunk: string) => {
      text += chunk;
      if (isEnough(parseEventStream(text))) finish();
    });
    response.on('end', finish);
    response.on('error', finish);
  };

  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const received = parseEventStream(text).length;
      reject(new Error(`The stream had sent ${received} events after ${within} ms:\n${text}`));
      stop();
    }, within);
    test
      .buffer(true)
      .parse(parser)
      .then(
        ({ status, headers }) => {
          const all = parseEventStream(text);
          resolve({ status, headers, messages: messagesOf(all), events: all, text });
        },
        (error) => reject(error),
      )
      .then(() => clearTimeout(timer));
  });
}

function messagesOf(received: readonly ReceivedEvent[]): ReceivedEvent[] {
  return received.filter(({ event }) => !event.startsWith('pushwire:'));
}
