import type { IncomingMessage } from 'node:http';
import { parseEventStream, type ReceivedEvent } from './event-stream';

/** Just what is needed of a supertest request. */
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

/** What {@link events} saw. */
export interface EventsSeen {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** The messages, without the protocol's own events. */
  readonly messages: ReceivedEvent[];
  /** Everything, with `pushwire:open` and the like. */
  readonly events: ReceivedEvent[];
  /** The bytes that came, as text. */
  readonly text: string;
}

/** Options of {@link events}. */
export interface EventsOptions {
  /** End the request after so many messages; events named `pushwire:…` do not count. Default: when the stream ends. */
  take?: number;
  /** End the request as soon as this says so. */
  until?: (seen: readonly ReceivedEvent[]) => boolean;
  /** Milliseconds after which the promise rejects with what came so far. Default 2,000. */
  within?: number;
}

/**
 * Reads an endless stream in a test: `await events(request(app).get('/news'), { take: 3 })`. A plain supertest call would
 * wait for the end of the stream; this one ends the request itself.
 *
 * A refusal (400, 401 …) resolves with its status and no messages.
 */
export function events(test: TestRequest, options: EventsOptions = {}): Promise<EventsSeen> {
  const { take = Number.POSITIVE_INFINITY, until = () => false, within = 2000 } = options;
  let text = '';
  let abandon: () => void = () => test.abort();
  const isEnough = (seen: ReceivedEvent[]) => messagesOf(seen).length >= take || until(seen);

  // superagent gives a parser the raw response, whatever its types say.
  const parser = (raw: object, done: (error: Error | null, body: unknown) => void) => {
    const response = raw as IncomingMessage;
    response.setEncoding('utf8');
    const finish = () => {
      response.removeAllListeners('data');
      done(null, text);
      response.destroy();
    };
    abandon = finish;
    response.on('data', (chunk: string) => {
      text += chunk;
      if (isEnough(parseEventStream(text))) finish();
    });
    response.on('end', finish);
    response.on('error', finish);
  };

  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`After ${within} ms the stream had brought ${parseEventStream(text).length} events:\n${text}`));
      abandon();
    }, within);
    test
      .buffer(true)
      .parse(parser)
      .then(
        ({ status, headers }) => {
          const seen = parseEventStream(text);
          resolve({ status, headers, messages: messagesOf(seen), events: seen, text });
        },
        (error) => reject(error),
      )
      .then(() => clearTimeout(timer));
  });
}

function messagesOf(seen: readonly ReceivedEvent[]): ReceivedEvent[] {
  return seen.filter(({ event }) => !event.startsWith('pushwire:'));
}
