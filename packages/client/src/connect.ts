import type { AnyEvents, Connection } from './connection.js';
import { drive } from './driver.js';
import { createEmitter } from './emitter.js';
import { PushwireError } from './wire/error.js';
import { type Frame, readFrame } from './wire/frame.js';
import { isOver } from './machine/machine.js';
import { type ConnectOptions, misuse, readOptions, type Settings, type TransportName } from './options.js';
import { watchPage } from './environment/page-events.js';
import { initialState } from './machine/state.js';
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
  const { headers, memory } = settings;
  const address = absolute(url);
  // What proves necessary for one path does so for all of its queries.
  const [path] = address.split('?') as [string];
  const transports = transportsOf(settings);
  const asksHeaders = typeof headers === 'function';
  const { on, emit } = createEmitter();
  const ending = new AbortController();
  let sent = Promise.resolve();

  const ask = async (to: string, init: RequestInit) => {
    // What is no option of its own, fetch passes over.
    const own = { ...settings, headers: asksHeaders ? await headers() : headers } as RequestInit;
    const response = await (settings.fetch ?? fetch)(to, { ...own, ...init });
    const { status } = response;
    if (status === 200) return response;
    throw new PushwireError('refused', { status, retry: Number(response.headers.get('retry-after')) * 1000 || 0 });
  };

  const order = transports.map(({ name }) => name);
  const driver = drive(
    initialState({ ...settings, order, asksHeaders, left: memory.get(path) ?? {} }, settings.clock.now()),
    transports,
    { ...settings, url: address, client: `${Math.random()}`.slice(2), fetch: ask },
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
        driver.take('heard', driver.state.link, readFrame(message));
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
      return (sent = sent.catch(() => {}).then(() => post(encoded)));
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
  const { href } = new URL(url, globalThis.document?.baseURI);
  if (!/^http/.test(href)) throw misuse('connect url', 'http or https', href);
  return href;
}

function transportsOf({ transports, headers, body, method, WebSocket }: Settings): readonly Transport[] {
  // A WebSocket cannot send what these say.
  const isPlain = !headers && !body && !method;
  const given = transports ?? ['sse', ...(WebSocket && isPlain ? ['websocket' as const] : []), 'long-poll', 'poll'];
  return given.map((each) => {
    const transport = builtIn[each as TransportName] ?? each;
    if (!transport.open) throw misuse('connect option transports', `${Object.keys(builtIn)}`, each);
    return transport;
  });
}

/** Bytes go as they are, and other values as their JSON text. */
function encode(data: unknown): Sendable {
  const isBytes = ((data as ArrayBuffer | null)?.byteLength ?? -1) >= 0;
  const encoded = typeof data === 'string' || isBytes ? (data as Sendable) : JSON.stringify(data);
  if (encoded === undefined) throw misuse('send data', 'a string, bytes or JSON', data);
  return encoded;
}
