import { Agent, get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { EventSource } from 'eventsource';
import { openWebSocket } from './web-socket-client';

/** A client that keeps its connection and comes back over it, again and again, until it is refused. */
export interface KeptClient {
  /** Answers that have begun. */
  readonly answers: () => number;
  leave(): void;
}

export type OpenKeptClient = (url: string) => KeptClient;

/** A pause in ms before a client comes back. */
const pause = 10;

/** Asks again after each answer, until a request fails. */
function returning(ask: (onAnswer: () => void) => Promise<unknown>, leave: () => void): KeptClient {
  let count = 0;
  let isOver = false;
  const run = async () => {
    while (!isOver) {
      await ask(() => count++);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
  // An agent that is refused has nothing more to do here.
  run().catch(() => (isOver = true));
  return {
    answers: () => count,
    leave() {
      isOver = true;
      leave();
    },
  };
}

const agentOfNode: OpenKeptClient = (url) => {
  const agent = new Agent({ keepAlive: true });
  const ask = (onAnswer: () => void) =>
    new Promise((resolve, reject) => {
      const request = get(url, { agent }, (response) => {
        response.once('data', onAnswer).on('error', reject).on('end', resolve);
      });
      request.on('error', reject);
    });
  return returning(ask, () => agent.destroy());
};

const fetching: OpenKeptClient = (url) => {
  const leaving = new AbortController();
  const ask = async (onAnswer: () => void) => {
    const response = await fetch(url, { signal: leaving.signal });
    onAnswer();
    await response.text();
  };
  return returning(ask, () => leaving.abort());
};

const eventSource: OpenKeptClient = (url) => {
  const source = new EventSource(url);
  let count = 0;
  source.addEventListener('open', () => count++);
  return { answers: () => count, leave: () => source.close() };
};

const webSocket =
  (http2: boolean): OpenKeptClient =>
  (url) => {
    let leave = () => {};
    const ask = async (onAnswer: () => void) => {
      const client = await openWebSocket(url, { http2 });
      leave = client.leave;
      onAnswer();
      await client.closed;
      if (client.status !== 101) throw new Error(`refused with ${client.status}`);
    };
    return returning(ask, () => leave());
  };

const session: OpenKeptClient = (url) => {
  const { origin, pathname, search } = new URL(url);
  const client = connectHttp2(origin);
  client.on('error', () => {});
  const ask = (onAnswer: () => void) =>
    new Promise((resolve, reject) => {
      const stream = client.request({ ':path': pathname + search });
      stream.once('data', onAnswer).on('error', reject).on('end', resolve);
    });
  return returning(ask, () => client.destroy());
};

/** A session that has had one answer and sits there. */
const idleSession: OpenKeptClient = (url) => {
  const { origin, pathname } = new URL(url);
  const client = connectHttp2(origin);
  client.on('error', () => {});
  let count = 0;
  const stream = client.request({ ':path': `${pathname}?transport=poll` });
  stream.resume().on('end', () => count++);
  return { answers: () => count, leave: () => client.destroy() };
};

/** The clients that can use a transport, by name. */
export function keptClientsFor(transport: string, http2: boolean): Readonly<Record<string, OpenKeptClient>> {
  if (transport === 'websocket') return { 'a WebSocket': webSocket(http2) };
  if (http2) return { 'one session': session, ...(transport === 'poll' && { 'an idle session': idleSession }) };
  return { 'http.Agent': agentOfNode, fetch: fetching, ...(transport === 'sse' && { EventSource: eventSource }) };
}
