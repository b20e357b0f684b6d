import type { AnyEvents, Connection } from './connection.js';
import { drive } from './driver.js';
import { createEmitter } from './emitter.js';
import { watchPage } from './environment/page-events.js';
import { isClosed } from './machine/machine.js';
import { initialState } from './machine/state.js';
import { type ConnectOptions, readOptions, type Settings, type TransportName } from './options.js';
import { longPoll, poll } from './transports/poll.js';
import { sse } from './transports/sse.js';
import { type Sendable, type Transport, toPushwireError } from './transports/transport.js';
import { webSocket } from './transports/web-socket.js';
import { misuse, PushwireError } from './wire/error.js';
import { type Frame, readFrame } from './wire/frame.js';

const builtIn: Readonly<Record<TransportName, Transport>> = { sse, websocket: webSocket, 'long-poll': longPoll, poll };

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
  const { headers, memory } = settings;
  const address = absolute(url);
  // Transports that fail for one query fail for all queries of a path.
  const [path] = address.split('?') as [string];
  const transports = transportsOf(settings);
  const renewsHeaders = typeof headers === 'function';
  const { on, emit } = createEmitter();
  const ending = new AbortController();
  let lastPost = Promise.resolve();

  const request = async (to: string, init: RequestInit) => {
    // `fetch` ignores the settings that it does not know.
    const own = { ...settings, headers: renewsHeaders ? await headers() : headers, ...init } as RequestInit;
    const response = await (settings.fetch ?? fetch)(to, own);
    const { status } = response;
    if (status === 200) return response;
    throw new PushwireError('refused', { status, retry: Number(response.headers.get('retry-after')) * 1000 || 0 });
  };

  const order = transports.map(({ name }) => name);
  const driver = drive(
    initialState({ ...settings, order, renewsHeaders, avoided: memory.get(path) ?? {} }, settings.clock.now()),
    transports,
    { ...settings, url: address, client: `${Math.random()}`.slice(2), fetch: request },
    {
      remember: () => memory.set(path, driver.state.avoided),
      message({ id, event = 'message', data }: Frame) {
        const message = { event, data, id };
        emit('message', message);
        emit(`on ${event}`, data, message);
      },
      gap: ({ data }) => emit('gap', data),
      error: (error, transport) => emit('error', Object.assign(error, { transport })),
      status() {
        if (isClosed(connection)) ending.abort();
        emit('status', connection);
      },
    },
  );
  const post = async (data: Sendable) => {
    try {
      const response = await request(address, { method: 'POST', body: data, signal: ending.signal });
      for (const message of (await response.json()).messages)
        driver.dispatch('frame', driver.state.current, readFrame(message));
    } catch (cause) {
      const error = toPushwireError(cause);
      if (error.status !== 204) throw error;
    }
  };

  const connection: Connection<Events> = {
    get status() {
      return driver.state.status;
    },
    get transport() {
      return order[driver.state.index] as string;
    },
    get since() {
      return driver.state.since;
    },
    get cursor() {
      return driver.state.cursor;
    },
    on: (event, listener) => on(`on ${event}`)(listener),
    onAny: on('message'),
    onStatus: on('status'),
    onGap: on('gap'),
    onError: on('error'),
    async send(data) {
      const encoded = encode(data);
      const current = driver.connection;
      if (!current || connection.status !== 'open') throw new PushwireError('not-open');
      if (current.send) return current.send(encoded);
      // One POST after the other keeps the order.
      return (lastPost = lastPost.catch(() => {}).then(() => post(encoded)));
    },
    close: () => driver.dispatch('close'),
  };

  queueMicrotask(() => {
    watchPage(driver.dispatch, ending.signal);
    driver.dispatch('next');
  });
  return connection;
}

/**
 * Resolves a URL against that of the page or worker, without what no request may have: `fetch`
 * refuses a user name and a password, which a page's own URL may contain, and a WebSocket a
 * fragment.
 */
export function absolute(url: string | URL): string {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  const { href } = Object.assign(new URL(url, base), { username: '', password: '', hash: '' });
  if (!/^http/.test(href)) throw misuse('connect url', 'http or https', href);
  return href;
}

/** @throws {TypeError} for a transport that does not exist. */
export function transportsOf({ transports, headers, body, method, WebSocket }: Settings): readonly Transport[] {
  // A WebSocket cannot send any of these.
  const isPlain = !headers && !body && !method;
  const chosen = transports ?? ['sse', ...(WebSocket && isPlain ? ['websocket' as const] : []), 'long-poll', 'poll'];
  return chosen.map((each) => {
    const transport = builtIn[each as TransportName] ?? each;
    if (!transport.open) throw misuse('connect option transports', `${Object.keys(builtIn)}`, each);
    return transport;
  });
}

/** Leaves strings and bytes as they are, and makes JSON text of other values. */
export function encode(data: unknown): Sendable {
  const isBytes = ((data as ArrayBuffer | null)?.byteLength ?? -1) >= 0;
  const encoded = typeof data === 'string' || isBytes ? (data as Sendable) : JSON.stringify(data);
  if (encoded === undefined) throw misuse('send data', 'a string, bytes or JSON', data);
  return encoded;
}
