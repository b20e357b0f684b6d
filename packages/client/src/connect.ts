import { systemClock } from './clock.js';
import type { AnyEvents, Connection } from './connection.js';
import { drive } from './driver.js';
import { Emitter } from './emitter.js';
import { PushwireError } from './error.js';
import { Mailbox } from './mailbox.js';
import { pageMemory, recall, remember } from './memory.js';
import { type ConnectOptions, checkOptions, misuse, type TransportName } from './options.js';
import { watchPage } from './page.js';
import { posting } from './post.js';
import { initialState } from './state.js';
import { longPoll, poll } from './transports/poll.js';
import { sse } from './transports/sse.js';
import type { Transport, WebSocketClass } from './transports/transport.js';
import { webSocket } from './transports/web-socket.js';

const builtIn: Readonly<Record<TransportName, Transport>> = { sse, websocket: webSocket, 'long-poll': longPoll, poll };

/** Letters and digits that tell one client from all others. */
const newName = () => Array.from({ length: 2 }, () => Math.random().toString(36).slice(2)).join('');

/**
 * Connects to a route of `push()`, or of one of its transports, and stays connected: it falls back to the next transport where one
 * does not get through, comes back by its cursor, and tells of every loss. Begins when the current task is over, so that
 * no listener comes too late.
 *
 * @param url relative to the page, or absolute.
 * @throws TypeError for a URL or an option that does not fit.
 */
export function connect<Events = AnyEvents>(url: string | URL, options: ConnectOptions = {}): Connection<Events> {
  checkOptions(options);
  const { cursor, headers, credentials = 'same-origin', method = 'GET', body, buffer = 1000 } = options;
  const { clock = systemClock, random = Math.random, memory = pageMemory, retry = 1000 } = options;
  const address = absolute(url);
  const transports = transportsOf(options);
  const emitter = new Emitter();
  const mailboxes = new Set<Mailbox<never>>();
  const ending = new AbortController();
  let failure: PushwireError | undefined;
  let stopWatching = () => {};

  const ask = async (to: string, init: RequestInit): Promise<Response> => {
    const own = typeof headers === 'function' ? await headers() : headers;
    const merged = { ...own, ...(init.headers as Record<string, string>) };
    return (options.fetch ?? fetch)(to, { credentials, ...init, headers: merged });
  };
  const request = {
    url: address,
    client: newName(),
    maxMessage: options.maxMessage ?? 2 ** 22,
    WebSocket: options.WebSocket ?? (globalThis.WebSocket as WebSocketClass | undefined),
    after: clock.after,
    fetch: (to: string, signal: AbortSignal, init?: RequestInit) =>
      ask(to, { method, ...(body !== undefined && { body }), cache: 'no-store', signal, ...init }),
  };

  const driver = drive(
    initialState(clock.now(), retry, cursor, recall(memory, address)),
    {
      order: transports.map(({ name }) => name),
      openTimeout: options.openTimeout ?? 5000,
      betterAfter: options.betterAfter ?? 60_000,
      young: options.steadyAfter ?? 10_000,
      retry,
      maxRetry: options.maxRetry ?? 30_000,
      asksHeaders: typeof headers === 'function',
    },
    {
      transports,
      request,
      clock,
      random,
      tell(effect) {
        if (effect.do === 'remember') remember(memory, address, effect.left);
        else if (effect.do === 'error') emitter.emit('error', (failure = effect.error));
        else if (effect.do === 'status') changed();
        else {
          const { id, event = 'message', data } = effect.frame;
          const message = { event, data, id };
          for (const mailbox of mailboxes) mailbox.put(message as never);
          if (effect.do === 'gap') return emitter.emit('gap', data);
          emitter.emit('message', message);
          emitter.emit(`on ${event}`, data, message);
        }
      },
    },
  );

  const current = () => {
    const { status, at, since } = driver.state;
    return { status, since, transport: transports[at]?.name as string };
  };
  const changed = () => {
    const now = current();
    if (now.status === 'ended' || now.status === 'failed') {
      stopWatching();
      ending.abort();
      for (const mailbox of mailboxes) mailbox.close(now.status === 'failed' ? { error: failure } : {});
    }
    emitter.emit('status', now);
  };
  const post = posting(
    (data) => ask(address, { method: 'POST', body: data as BodyInit, signal: ending.signal }),
    (frame) => driver.take({ type: 'frame', link: driver.state.link, frame }),
  );

  queueMicrotask(() => {
    if (driver.state.status === 'ended') return;
    stopWatching = watchPage((type) => driver.take({ type }));
    driver.take({ type: 'start' });
  });

  return {
    get status() {
      return driver.state.status;
    },
    get transport() {
      return current().transport;
    },
    get since() {
      return driver.state.since;
    },
    get cursor() {
      return driver.state.cursor;
    },
    on: (event, listener) => emitter.add(`on ${event}`, listener as never),
    onMessage: (listener) => emitter.add('message', listener as never),
    onStatus: (listener) => emitter.add('status', listener as never),
    onGap: (listener) => emitter.add('gap', listener as never),
    onError: (listener) => emitter.add('error', listener as never),
    send(data) {
      const body = encode(data);
      const { link, state } = driver;
      if (state.status !== 'open' || !link) return Promise.reject(new PushwireError('not-open'));
      return link.send ? Promise.resolve(link.send(body)) : post(body);
    },
    close: () => driver.take({ type: 'close' }),
    [Symbol.asyncIterator]() {
      const mailbox = new Mailbox<never>(
        buffer,
        (dropped) => ({ event: 'pushwire:overflow', data: { dropped }, id: undefined }) as never,
        () => mailboxes.delete(mailbox),
      );
      mailboxes.add(mailbox);
      if (ending.signal.aborted) mailbox.close(driver.state.status === 'failed' ? { error: failure } : {});
      return mailbox;
    },
  };
}

function absolute(url: string | URL): string {
  const { document } = globalThis as Partial<typeof globalThis>;
  try {
    const { protocol, href } = new URL(url, document?.baseURI);
    if (/^https?:$/.test(protocol)) return href;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw misuse('connect url', 'an http or https URL, relative only in a page', `${url}`);
}

function transportsOf({ transports, headers, method, body }: ConnectOptions): readonly Transport[] {
  const names = ['sse', ...(headers || method || body ? [] : ['websocket' as const]), 'long-poll', 'poll'] as const;
  return (transports ?? names).map((given) => {
    const transport = typeof given === 'string' ? builtIn[given] : given;
    if (typeof transport?.open !== 'function') {
      throw misuse('connect option transports', `${Object.keys(builtIn).join(', ')}, or a transport`, given);
    }
    return transport;
  });
}

function encode(data: unknown): string | Uint8Array {
  if (typeof data === 'string') return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const text = JSON.stringify(data);
  if (text === undefined) throw misuse('send data', 'a string, bytes, or a value that JSON can hold', data);
  return text;
}
