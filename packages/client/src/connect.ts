import type { AnyEvents, Connection } from './connection.js';
import { drive } from './driver.js';
import { createEmitter } from './emitter.js';
import { PushwireError } from './error.js';
import { type Frame, withBytes } from './frame.js';
import { isOver } from './machine.js';
import { type ConnectOptions, misuse, readOptions, type Settings, type TransportName } from './options.js';
import { watchPage } from './page.js';
import { initialState } from './state.js';
import { longPoll, poll } from './transports/poll.js';
import { sse } from './transports/sse.js';
import { failureOf, type Sendable, type Transport } from './transports/transport.js';
import { webSocket } from './transports/web-socket.js';

const builtIn: Readonly<Record<TransportName, Transport>> = { sse, websocket: webSocket, 'long-poll': longPoll, poll };

/**
 * Connects to a route of `push()`, or of one of its transports, and stays connected: it falls back to the next transport where one
 * does not get through, comes back by its cursor, and tells of every loss. Begins when the current task is over, so that
 * no listener comes too late.
 *
 * @param url relative to the page, or absolute.
 * @throws TypeError for a URL or an option that does not fit.
 */
export function connect<Events = AnyEvents>(url: string | URL, options: ConnectOptions = {}): Connection<Events> {
  const settings = readOptions(options);
  const { headers, credentials, method, body, memory, clock, random } = settings;
  const address = absolute(url);
  // What proves necessary for one path does so for all of its queries.
  const [path] = address.split('?') as [string];
  const transports = transportsOf(settings);
  const asksHeaders = typeof headers === 'function';
  const { on, emit } = createEmitter();
  const ending = new AbortController();
  let sent: Promise<unknown> = Promise.resolve();

  const ask = async (to: string, init: RequestInit) => {
    const own = asksHeaders ? await headers() : headers;
    const merged = { credentials, method, body, ...init, headers: { ...own, ...init.headers } };
    const response = await (settings.fetch ?? fetch)(to, merged as RequestInit);
    const { status, headers: told } = response;
    if (status !== 200)
      throw new PushwireError('refused', { status, retry: Number(told.get('retry-after')) * 1000 || 0 });
    return response;
  };

  const order = transports.map(({ name }) => name);
  const driver = drive(
    initialState({ ...settings, order, asksHeaders, left: memory.get(path) ?? {} }, clock.now()),
    {
      transports,
      request: { ...settings, url: address, client: `${random()}`.slice(2), after: clock.after, fetch: ask },
      clock,
      random,
    },
    {
      remember: () => memory.set(path, driver.state.left),
      message({ id, event = 'message', data }: Frame) {
        const message = { event, data, id };
        emit('message', message);
        emit(`on ${event}`, data, message);
      },
      gap: ({ data }) => emit('gap', data),
      error: (error, transport) => emit('error', Object.assign(error, { transport })),
      status() {
        if (isOver(connection)) ending.abort();
        emit('status', connection);
      },
    },
  );
  const post = async (data: Sendable) => {
    try {
      const response = await ask(address, { method: 'POST', body: data, signal: ending.signal });
      for (const message of (await response.json()).messages)
        driver.take('heard', driver.state.link, withBytes(message));
    } catch (cause) {
      const failure = failureOf(cause);
      if (failure.status !== 204) throw failure;
    }
  };

  const connection: Connection<Events> = {
    get status() {
      return driver.state.status;
    },
    get transport() {
      return order[driver.state.at] as string;
    },
    get since() {
      return driver.state.since;
    },
    get cursor() {
      return driver.state.cursor;
    },
    on: (event, listener) => on(`on ${event}`)(listener),
    onMessage: on('message'),
    onStatus: on('status'),
    onGap: on('gap'),
    onError: on('error'),
    async send(data) {
      const encoded = encode(data);
      const { link } = driver;
      if (!link || connection.status !== 'open') throw new PushwireError('not-open');
      if (link.send) return link.send(encoded);
      // One after the other, so that it arrives in its order.
      const own = sent.then(() => post(encoded));
      sent = own.catch(() => {});
      return own;
    },
    close: () => driver.take('close'),
  };

  queueMicrotask(() => {
    watchPage(driver.take, ending.signal);
    driver.take('next');
  });
  return connection;
}

function absolute(url: string | URL): string {
  const { href, protocol } = new URL(url, globalThis.document?.baseURI);
  if (!protocol.startsWith('http')) throw misuse('connect url', 'http or https', href);
  return href;
}

function transportsOf({ transports, headers, body, method, WebSocket }: Settings): readonly Transport[] {
  // A WebSocket cannot send what these say.
  const isPlain = !headers && !body && method === 'GET';
  const given = transports ?? ['sse', ...(WebSocket && isPlain ? ['websocket' as const] : []), 'long-poll', 'poll'];
  return given.map((each) => {
    const transport = typeof each === 'string' ? builtIn[each] : each;
    if (!transport?.open) throw misuse('connect option transports', `${Object.keys(builtIn)}`, each);
    if (transport === webSocket && !WebSocket) throw misuse('connect option WebSocket', 'a class', WebSocket);
    return transport;
  });
}

/** Bytes go as they are, and other values as their JSON text. */
function encode(data: unknown): Sendable {
  const isSendable = typeof data === 'string' || data instanceof ArrayBuffer || ArrayBuffer.isView(data);
  const encoded = isSendable ? (data as Sendable) : JSON.stringify(data);
  if (encoded === undefined) throw misuse('send data', 'a string, bytes or JSON', data);
  return encoded;
}
