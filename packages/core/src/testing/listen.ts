import { checkOptions, milliseconds, oneOf } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { type TransportName, transportNames } from '../encoders/transport-name';
import { type Opened, TestConnection } from './connection';
import type { ReceivedEvent } from './event-stream';
import { messagesOf } from './received';
import type { ListenTarget } from './target';

/** Options of {@link listen}. */
export interface ListenOptions {
  /**
   * The transport to ask for, by `?transport=`. It is needed for WebSockets, unless the URL has it.
   * Defaults to the transport that the route answers with.
   */
  transport?: TransportName;
  /**
   * Milliseconds in which `opened`, `next()`, `take()` and `until()` must have what they wait for.
   * They reject then, and show what has come. Defaults to 2000 ms.
   */
  within?: number;
}

/** A client of a test. Messages are kept until the test takes them. */
export interface TestStream {
  /**
   * Settles when the client is connected, so that it gets what is published from now on. It also
   * settles with the status of a refusal, such as 401. For polls, the first answer has come then.
   */
  readonly opened: Promise<Opened>;
  /** Settles when the server has ended the stream or has cut it, and after `close()`. */
  readonly closed: Promise<void>;
  /** The code with which the server has closed a WebSocket. */
  readonly closeCode: number | undefined;
  /** All events so far, those of the protocol included, such as `pushwire:open`. */
  readonly events: readonly ReceivedEvent[];
  /** The received text so far. */
  readonly text: string;
  /** Takes the next message. Events named `pushwire:…` are no messages. */
  next(): Promise<ReceivedEvent>;
  /** Takes the next messages, this many of them. */
  take(count: number): Promise<ReceivedEvent[]>;
  /** Takes all messages up to the first one for which `fits` returns true. */
  until(fits: (message: ReceivedEvent) => boolean): Promise<ReceivedEvent[]>;
  /**
   * Sends a message to the server.
   *
   * @throws TypeError if this is no open WebSocket.
   */
  send(data: string | Uint8Array): void;
  /** Leaves, and stops the server if supertest has made it for this request. */
  close(): Promise<void>;
}

const defaultWithin = 2000;

/**
 * Connects a client to a route, in a test: `await stream.opened`, publish, `await stream.next()`.
 * It speaks every transport: Server-Sent Events, ndjson, comet, long polls and interval polls,
 * which it repeats with the cursor, and WebSocket, for which the server needs `acceptUpgrades()`.
 *
 * @param request a supertest request, not yet sent, or the URL of a server that listens.
 * @throws TypeError for a request or an option that does not fit.
 * @example
 * ```ts
 * import { listen } from '@pushwire/core/testing';
 * import { createHub, push } from '@pushwire/express';
 * import express from 'express';
 * import request from 'supertest';
 *
 * const news = createHub().channel('news');
 * const app = express().get('/news', push(news));
 * const stream = listen(request(app).get('/news'), { transport: 'long-poll' });
 * await stream.opened;
 * await news.publish('It works');
 * console.log((await stream.next()).data); // It works
 * await stream.close();
 * ```
 */
export function listen(request: ListenTarget, options?: ListenOptions): TestStream {
  return new ListeningStream(request, options);
}

class ListeningStream implements TestStream {
  readonly opened: Promise<Opened>;
  readonly closed: Promise<void>;
  readonly events: ReceivedEvent[] = [];
  text = '';
  readonly #within: number;
  readonly #connection: TestConnection;
  readonly #watchers = new Set<() => void>();
  /** Messages that the test has not taken. */
  readonly #messages: ReceivedEvent[] = [];
  #head: Opened | undefined;
  #end: { readonly error?: unknown } | undefined;

  constructor(request: ListenTarget, options: ListenOptions | undefined) {
    const { transport, within = defaultWithin } = checkOptions<ListenOptions>('listen', options, {
      transport: oneOf(...transportNames),
      within: milliseconds(1),
    });
    this.#within = within;
    this.#connection = new TestConnection('listen', request, transport, {
      onOpen: (opened) => {
        this.#head = opened;
        this.#changed();
      },
      onText: (text) => {
        this.text += text;
      },
      onEvents: (events) => {
        this.events.push(...events);
        this.#messages.push(...messagesOf(events));
        this.#changed();
      },
      onEnd: (error) => {
        this.#end = { error };
        this.#changed();
      },
    });
    this.opened = this.#wait('a response', () => this.#head);
    this.closed = new Promise((resolve) => {
      this.#watchers.add(() => this.#end && resolve());
    });
    // A test need not await it.
    this.opened.catch(() => {});
  }

  get closeCode(): number | undefined {
    return this.#connection.closeCode;
  }

  async next(): Promise<ReceivedEvent> {
    const [message] = await this.take(1);
    return message as ReceivedEvent;
  }

  async take(count: number): Promise<ReceivedEvent[]> {
    if (!(Number.isInteger(count) && count > 0)) throw misuse('take', 'an integer from 1 up', count);
    const messages = this.#messages;
    const words = count === 1 ? 'a message' : `${count} messages`;
    return this.#wait(words, () => (messages.length >= count ? messages.splice(0, count) : undefined));
  }

  async until(fits: (message: ReceivedEvent) => boolean): Promise<ReceivedEvent[]> {
    if (typeof fits !== 'function') throw misuse('until', 'a function of a message', fits);
    const messages = this.#messages;
    return this.#wait('a message that fits', () => {
      const index = messages.findIndex(fits);
      return index < 0 ? undefined : messages.splice(0, index + 1);
    });
  }

  send(data: string | Uint8Array): void {
    this.#connection.send(data);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #changed(): void {
    for (const watch of this.#watchers) watch();
  }

  #wait<T>(what: string, get: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#watchers.delete(watch);
      };
      const fail = (why: string) => {
        stop();
        const { error } = this.#end ?? {};
        reject(new Error(`listen: expected ${what}, but ${why}.\n${this.#report()}`, { cause: error }));
      };
      const watch = () => {
        try {
          const found = get();
          if (found !== undefined) {
            stop();
            resolve(found);
          } else if (this.#end) fail(`the stream is over${this.#end.error ? `: ${this.#end.error}` : ''}`);
        } catch (error) {
          stop();
          reject(error);
        }
      };
      const timer = setTimeout(() => fail(`none came within ${this.#within} ms`), this.#within);
      this.#watchers.add(watch);
      watch();
    });
  }

  #report(): string {
    const status =
      this.#head === undefined ? 'There was no response.' : `The response had status ${this.#head.status}.`;
    return `${status} What came:\n${this.text || 'nothing'}`;
  }
}
