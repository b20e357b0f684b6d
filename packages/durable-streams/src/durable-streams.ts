import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Backplane } from '@pushwire/core/backplanes';
import { send } from './http/answer';
import { appendTo } from './http/append';
import { preflightHeaders, setCommonHeaders } from './http/cors';
import { createIn } from './http/create';
import type { Target } from './http/exchange';
import { Refusal } from './http/refusal';
import { answerError, isUnreachable, remove, serve } from './http/serve';
import { type AppendOptions, appendOf, type CreateOptions, checkPath, newOf, offsetOf, refused } from './in-process';
import { type DurableStreamsOptions, type DurableStreamsSettings, readOptions } from './options';
import { Census } from './streams/census';
import { limitsOfLogs } from './streams/limits-of-logs';
import { OpenStreams } from './streams/open-streams';

/** The beginning of the names of the logs. No channel of an app has such a name. */
const logNames = 'pushwire:stream:';

/** The most characters of a stream's path, so that the name of its log is one of a channel. */
const maxPathLength = 255 - logNames.length;

const methods = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS'];

/** A request of Express has these. */
interface FrameworkRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly protocol?: string;
}

/** Serves durable streams. Created by {@link durableStreams}. */
export class DurableStreams {
  readonly #settings: DurableStreamsSettings;
  readonly #backplane: Backplane;
  readonly #census: Census;
  readonly #open: OpenStreams;
  readonly #failed: (error: unknown) => void;
  readonly #closing = new AbortController();

  /** Use {@link durableStreams}. */
  constructor(options?: DurableStreamsOptions) {
    this.#settings = readOptions(options);
    const { clock, backplane, idleTimeout } = this.#settings;
    const limits = { logs: Number.POSITIVE_INFINITY, logBytes: Number.POSITIVE_INFINITY, runs: 0 };
    const report = (error: unknown, message: string) => this.#settings.onError(error, message);
    this.#backplane = backplane({ clock, limits, ...limitsOfLogs, connectionsTo: () => 0, report });
    // The backplane itself reports that it cannot be reached, once.
    this.#failed = (error) => isUnreachable(error) || report(error, 'A durable stream has failed');
    const host = { backplane: this.#backplane, clock, failed: this.#failed };
    this.#census = new Census({ ...host, limits: this.#settings.limits });
    this.#open = new OpenStreams({ ...host, idleTimeout, counted: (change) => this.#census.add(change) });
  }

  /**
   * Answers one request. It is a request listener of `node:http`, and a handler of Express. On Koa,
   * set `ctx.respond = false` and pass it `ctx.req` and `ctx.res`. It needs the body unread.
   *
   * The path of the request names the stream, as far as the router has left it. The promise never
   * rejects: the client gets a status, and `onError` gets the error.
   */
  readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { cors } = this.#settings;
    setCommonHeaders(request, response, cors);
    const { method = '' } = request;
    if (method === 'OPTIONS') return send(request, response, { status: 204, headers: preflightHeaders(cors) });
    try {
      if (!methods.includes(method)) throw new Refusal(405, 'Streams have no such method.', preflightHeaders(cors));
      await this.#serve(request, response);
    } catch (error) {
      const isExpected =
        error instanceof Refusal || isUnreachable(error) || request.readableAborted || response.destroyed;
      if (!isExpected) this.#settings.onError(error, 'A request for a durable stream has failed');
      answerError(request, response, error);
    }
  };

  /**
   * Creates a stream, unless there is one of the same configuration, as a `PUT` does.
   *
   * @param path the path of the stream as `handle` sees it, such as `/a` where Express has mounted
   * it on `/v1/stream` and clients ask for `/v1/stream/a`.
   * @returns false if it was there.
   * @throws TypeError for a path or an option that does not fit.
   * @throws PushwireError the promise rejects with `stream-refused`, whose `status` is that of the
   * answer to a request, or with `backplane-unavailable` or `backplane-unconfirmed`.
   * @example
   * ```ts
   * import { durableStreams } from '@pushwire/durable-streams';
   *
   * const streams = durableStreams();
   * await streams.create('/jobs/7', { contentType: 'application/json', ttl: 3600 });
   * await streams.append('/jobs/7', JSON.stringify({ done: 0.5 }));
   * await streams.append('/jobs/7', JSON.stringify({ done: 1 }), { close: true });
   * ```
   */
  create(path: string, options?: CreateOptions): Promise<boolean> {
    const wanted = newOf(options);
    return this.#write('create', path, async (target) => (await createIn(target, wanted)).status === 201);
  }

  /**
   * Appends to a stream, as a `POST` does.
   *
   * @param body text or bytes, as a request would have them: for a stream of JSON the text of a
   * value, and an array for several messages.
   * @returns the offset after it, from which a reader gets what comes next.
   * @throws TypeError for a path, a body or an option that does not fit.
   * @throws PushwireError as {@link create} does.
   * @example
   * ```ts
   * import { durableStreams } from '@pushwire/durable-streams';
   *
   * const streams = durableStreams();
   * await streams.create('/log', { contentType: 'text/plain' });
   * const offset = await streams.append('/log', 'It works');
   * ```
   */
  append(path: string, body: string | Uint8Array, options?: AppendOptions): Promise<string> {
    const wanted = appendOf(body, options);
    return this.#write('append', path, async (target) => offsetOf(await appendTo(target, wanted)));
  }

  /**
   * Deletes a stream, as a `DELETE` does.
   *
   * @throws TypeError for a path that does not fit.
   * @throws PushwireError as {@link create} does. `status` is 404 where there is no such stream.
   */
  delete(path: string): Promise<void> {
    return this.#write('delete', path, async (target) => void (await remove(target)));
  }

  /** Ends live reads, refuses requests from then on, and leaves the backplane. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#open.close();
    await this.#census.close();
    await this.#backplane.close();
  }

  async #serve(request: FrameworkRequest, response: ServerResponse): Promise<void> {
    if (this.#closing.signal.aborted) throw new Refusal(503, 'The server is closing.', { 'Retry-After': '1' });
    const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
    if (path.length > maxPathLength) throw new Refusal(414, `A path may have ${maxPathLength} characters.`);
    const left = new AbortController();
    response.once('close', () => left.abort());
    const exchange = {
      request,
      response,
      url: this.#urlOf(request),
      query: new URLSearchParams(query),
      settings: this.#settings,
      census: this.#census,
      signal: AbortSignal.any([left.signal, this.#closing.signal]),
      failed: this.#failed,
    };
    await this.#open.use(logNames + path, (stream) => serve({ ...exchange, stream }));
  }

  /** Writes as a request would, without one. */
  #write<T>(method: string, path: string, act: (target: Target) => Promise<T>): Promise<T> {
    checkPath(method, path, maxPathLength);
    if (this.#closing.signal.aborted) return refused(new Refusal(503, 'The streams are closed.'));
    const [settings, census] = [this.#settings, this.#census];
    const written = this.#open.use(logNames + path, (stream) => act({ stream, settings, census }));
    return written.catch(refused);
  }

  #urlOf(request: FrameworkRequest): string {
    const [path = '/'] = (request.originalUrl ?? request.url ?? '/').split('?');
    const { host } = request.headers;
    if (this.#settings.origin === undefined && host === undefined) return path;
    const scheme = request.protocol ?? ('encrypted' in request.socket ? 'https' : 'http');
    return (this.#settings.origin ?? `${scheme}://${host}`) + path;
  }
}

/**
 * Serves the Durable Streams protocol: streams of bytes or JSON that clients create, append to and
 * read by plain HTTP, from any offset, live or not.
 *
 * @throws TypeError for an unknown option or a value that does not fit.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { durableStreams } from '@pushwire/durable-streams';
 *
 * const streams = durableStreams();
 * createServer(streams.handle).listen(4437);
 * ```
 */
export function durableStreams(options?: DurableStreamsOptions): DurableStreams {
  return new DurableStreams(options);
}
