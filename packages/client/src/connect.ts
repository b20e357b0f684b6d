import type { AnyEvents, Connection } from './connection.js';
import { drive } from './driver.js';
import { createEmitter } from './emitter.js';
import { watchPage } from './environment/page-events.js';
import { isClosed } from './machine/machine.js';
import { initialState } from './machine/state.js';
import { type ConnectOptions, readOptions, type Settings, type TransportName } from './options.js';
import { longPoll, poll } from './transports/poll.js';
import { sse } from './transports/sse.js';
import { type Sendable, type Transport, toPushwireError, withQuery } from './transports/transport.js';
import { webSocket } from './transports/web-socket.js';
import { misuse, PushwireError } from './wire/error.js';
import { type Frame, readFrame } from './wire/frame.js';

const builtIn: Readonly<Record<TransportName, Transport>> = { sse, poll, websocket: webSocket, 'long-poll': longPoll };

/**
 * Connects to a route of `push()`, or of one of its transports, and stays connected. The client
 * falls back to the next transport when one does not get through, reconnects with its cursor, and
 * reports every loss. It starts in a microtask, so listeners that are added at once miss nothing.
 *
 * @param url absolute, or relative to the page or the worker's script. A user name and a password
 * in it are left out, since `fetch` refuses them.
 * @throws {TypeError} for an invalid URL or option.
 * @example
 * ```ts
 * import { connect } from '@pushwire/client';
 *
 * const news = connect<{ headline: { text: string } }>('/news');
 * news.on('headline', ({ text }) => console.log(text));
 * news.onGap(() => location.reload());
 * news.onStatus(({ status, transport }) => console.log(status, transport));
 * ```
 */
export function connect<Events = AnyEvents>(url: string | URL, options: ConnectOptions = {}): Connection<Events> {
  const settings = readOptions(options);
  const { headers, query, method = 'GET', memory } = settings;
  const address = absolute(url);
  // Transports that fail for one query fail for all queries of a path.
  const [path] = address.split('?') as [string];
  const transports = transportsOf(settings);
  const rules = {
    idempotent: method === 'GET',
    ...settings,
    avoided: { ...memory.get(path) },
    order: transports.map(({ name }) => name),
    renews: typeof headers === 'function' || typeof query === 'function',
  };
  const { on, emit } = createEmitter();
  const ending = new AbortController();
  let lastPost = Promise.resolve();
  let posting: AbortController | undefined;

  const addQuery = async (to: string) => withQuery(to, await given(query));
  const request = async (to: string, accept: string, init: RequestInit) => {
    // `fetch` ignores the settings that it does not know.
    const own = { ...settings, ...init, headers: { accept, ...(await given(headers)) } } as RequestInit;
    const response = await (settings.fetch ?? fetch)(await addQuery(to), own);
    const { status, headers: received } = response;
    const contentType = received.get('content-type') ?? '';
    if (status === 200 && contentType.includes(accept)) return response;
    const after = received.get('retry-after') as unknown;
    const retry = (after as number) * 1000 || Date.parse(after as string) - settings.clock.now() || 0;
    throw new PushwireError(status === 200 ? 'wrong-type' : 'refused', { status, retry, contentType });
  };

  const deliver = (frame: Frame) => {
    const message = { event: 'message', ...frame };
    emit('message', message);
    emit(`on ${message.event}`, message.data, message);
  };
  const driver = drive(
    initialState(rules, settings.clock.now()),
    transports,
    { ...settings, url: address, addQuery, client: `${Math.random()}`.slice(2), fetch: request },
    {
      remember: () => memory.set(path, driver.state.avoided),
      message: deliver,
      gap: ({ data }) => emit('gap', data),
      error: (error, index) => emit('error', Object.assign(error, { transport: rules.order[index] })),
      status() {
        if (isClosed(connection)) {
          ending.abort();
          posting?.abort();
        }
        emit('status', connection);
      },
    },
  );
  const post = async (body: Sendable) => {
    if (isClosed(connection)) throw new PushwireError('not-open');
    const sending = (posting = new AbortController());
    const stop = settings.clock.after(settings.sendTimeout, () => sending.abort(new PushwireError('timeout')));
    try {
      // A redirect may make a GET of it, whose answer says nothing about the message.
      const init = { method: 'POST', body, signal: sending.signal, redirect: 'error' } as const;
      const response = await request(address, 'application/json', init);
      const { messages, cursor } = await response.json();
      // A route that takes no messages may answer a poll.
      if (cursor) throw SyntaxError();
      messages.map(readFrame).forEach(deliver);
    } catch (cause) {
      if ((cause as PushwireError).status !== 204) throw toPushwireError(cause);
    } finally {
      stop();
      sending.abort();
    }
  };
  const send = async (data: unknown) => {
    const encoded = encode(data);
    const current = driver.connection;
    if (!current || connection.status !== 'open') throw new PushwireError('not-open');
    if (current.send) return current.send(encoded);
    // One POST after the other keeps the order.
    return (lastPost = lastPost.catch(() => {}).then(() => post(encoded)));
  };

  const connection: Connection<Events> = {
    get status() {
      return driver.state.status;
    },
    get transport() {
      return rules.order[driver.state.index] as string;
    },
    get cursor() {
      return driver.state.cursor;
    },
    get since() {
      return driver.state.since;
    },
    get end() {
      return driver.state.end;
    },
    on: (event, listener) => on(`on ${event}`)(listener),
    onAny: on('message'),
    onStatus: on('status'),
    onGap: on('gap'),
    onError: on('error'),
    send(data) {
      const sent = send(data);
      // A failure that nobody awaits must not end a process of Node.
      sent.catch(() => {});
      return sent;
    },
    close: () => driver.dispatch('close'),
  };

  queueMicrotask(() => {
    watchPage(driver.dispatch, ending.signal);
    driver.dispatch('next');
  });
  return connection;
}

/** Asks the app for a value that it gives as a function. */
export const given = <Value>(value: Value | (() => Value | Promise<Value>)): Value | Promise<Value> =>
  typeof value === 'function' ? (value as () => Value)() : value;

/**
 * Resolves a URL against that of the page or worker, without the user name and the password that a
 * page's own URL may contain: `fetch` refuses them.
 */
export function absolute(url: string | URL): string {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  const { href } = Object.assign(new URL(url, base), { username: '', password: '' });
  if (!/^http/.test(href)) throw misuse('connect url', 'http', href);
  return href;
}

/** @throws {TypeError} for a transport that does not exist. */
export function transportsOf({ transports, headers, body, method, WebSocket }: Settings): readonly Transport[] {
  // React Native's `fetch` has no streams. A WebSocket cannot send any of these options.
  const isPlain = WebSocket && !(headers || body || method);
  const chosen =
    transports ?? [globalThis.ReadableStream && 'sse', isPlain && 'websocket', 'long-poll', 'poll'].filter(Boolean);
  return chosen.map((each) => {
    const transport = builtIn[each as TransportName] ?? each;
    if (!transport.open) throw misuse('connect option transports', `${Object.keys(builtIn)}`, each);
    return transport;
  });
}

/** Leaves strings and bytes as they are, and makes JSON text of other values. */
export function encode(data: unknown): Sendable {
  const isBytes = ((data as ArrayBuffer)?.byteLength as number) >= 0;
  const encoded = typeof data === 'string' || isBytes ? (data as Sendable) : JSON.stringify(data);
  if (encoded === undefined) throw misuse('send', 'JSON', data);
  return encoded;
}
