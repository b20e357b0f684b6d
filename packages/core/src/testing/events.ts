import type { IncomingHttpHeaders } from 'node:http';
import type { TransportName } from '../encoders/transport-name';
import { type Opened, TestConnection } from './connection';
import type { ReceivedEvent } from './event-stream';
import { messagesOf } from './received';
import type { ListenTarget } from './target';

/** The result of {@link events}. */
export interface EventsSeen {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The events without those of the protocol itself. */
  readonly messages: ReceivedEvent[];
  /** All events, those of the protocol included, such as `pushwire:open`. */
  readonly events: ReceivedEvent[];
  /** The received text. */
  readonly text: string;
}

/** Options of {@link events}. */
export interface EventsOptions {
  /**
   * The transport to ask for, by `?transport=`. It is needed for WebSockets, unless the URL has it.
   * Defaults to the transport that the route answers with.
   */
  transport?: TransportName;
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
 * Reads an endless stream in a test, over any transport. A plain supertest call would wait for the
 * end of the stream. This function ends the request itself. Use {@link listen} to publish while a
 * client is connected.
 *
 * A poll is repeated with its cursor until there is enough, or asked once without `take` and
 * `until`. A refusal, such as 401, resolves with its status and no messages.
 *
 * @param test a supertest request, not yet sent, or the URL of a server that listens.
 * @throws TypeError at once for a request that does not fit.
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
export function events(test: ListenTarget, options: EventsOptions = {}): Promise<EventsSeen> {
  const { transport, take = Number.POSITIVE_INFINITY, until = () => false, within = 2000 } = options;
  const asksOnce = options.take === undefined && options.until === undefined;
  const all: ReceivedEvent[] = [];
  let text = '';
  let isOver = false;
  let head: Opened = { status: 0, headers: {} };
  let enough: () => void = () => {};
  let failed: (error: unknown) => void = () => {};
  const listener = {
    onOpen: (opened: Opened) => {
      head = opened;
    },
    onText: (more: string) => {
      if (!isOver) text += more;
    },
    onEvents: (more: readonly ReceivedEvent[]) => {
      for (const event of isOver ? [] : more) {
        all.push(event);
        if (messagesOf(all).length >= take || until(all)) return enough();
      }
    },
    onEnd: (error?: unknown) => (error === undefined ? enough() : failed(error)),
  };
  const connection = new TestConnection('events', test, transport, listener, asksOnce);

  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      isOver = true;
      return connection.close();
    };
    const timer = setTimeout(() => {
      failed(new Error(`The stream had sent ${all.length} events after ${within} ms:\n${text}`));
    }, within);
    failed = (error) => {
      stop().then(() => reject(error));
    };
    enough = () => {
      enough = () => {};
      stop().then(() => resolve({ ...head, messages: messagesOf(all), events: all, text }));
    };
  });
}
