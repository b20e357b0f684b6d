import { type Agent, get, type IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { WebSocket } from 'ws';
import type { AnnouncedGap } from '../kit/history';
import type { Heard } from '../kit/readers';
import { Framer, type Framing, framings } from './framing';

/** The request of a client, by any transport. */
export interface Ask {
  readonly url: string;
  readonly cursor: string | undefined;
  /** The client's name. */
  readonly client: string;
  readonly agent: Agent;
  /** Seconds that a poll may be held. */
  readonly wait: number;
  readonly signal: AbortSignal;
  /** Called after each piece of a stream. The next is read when the promise is settled. */
  readonly pace?: () => Promise<unknown> | undefined;
}

/** Receives what a connection brings. */
export interface Listener {
  frame(frame: Heard): void;
  /** Called with the position of the client as the server told it. */
  stands(cursor: string): void;
}

/** Runs one connection to its end. True means that the channel ended. Rejects when it breaks. */
export type Connection = (ask: Ask, listener: Listener) => Promise<boolean>;

const pollAgainMs = 15;

function streamOf(transport: string, framing: Framing, headers?: Record<string, string>): Connection {
  return async (ask, listener) => {
    const response = await request(ask, { transport }, headers);
    if (response.statusCode === 204) return true;
    const framer = new Framer(framing);
    let ended = false;
    for await (const text of decoded(response).setEncoding('utf8')) {
      for (const frame of framer.take(text)) {
        listener.frame(frame);
        ended ||= frame.event === 'pushwire:end';
      }
      await ask.pace?.();
    }
    return ended;
  };
}

/** A body whose gzip ends without its trailer fails, unless the connection was cut. */
function decoded(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  return pipeline(response, createGunzip(), () => {});
}

interface Answer {
  readonly cursor: string;
  readonly messages: readonly Heard[];
  readonly gap?: AnnouncedGap;
  readonly ended?: boolean;
}

function pollOf(transport: string, isHeld: boolean): Connection {
  return async (ask, listener) => {
    const headers = isHeld || ask.cursor === undefined ? {} : { 'If-None-Match': `"${ask.cursor}"` };
    const response = await request(ask, { transport, wait: `${ask.wait}`, client: ask.client }, headers);
    let text = '';
    for await (const some of response.setEncoding('utf8')) text += some;
    if (response.statusCode === 204) return true;
    if (response.statusCode === 200) {
      const { cursor, messages, gap, ended }: Answer = JSON.parse(text);
      if (gap) listener.frame({ event: 'pushwire:gap', id: gap.cursor, data: gap });
      for (const message of messages) listener.frame(message);
      listener.stands(cursor);
      if (ended) return true;
    }
    if (!isHeld) await pause(pollAgainMs);
    return false;
  };
}

/** On a WebSocket, a broken connection is only a close without the code 1000. */
const webSocket: Connection = ({ url, cursor, signal }, listener) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(withQuery(url, { cursor }), 'pushwire.v1');
    const abort = () => socket.terminate();
    signal.addEventListener('abort', abort);
    socket.on('message', (data) => {
      try {
        listener.frame(JSON.parse(String(data)));
      } catch (error) {
        reject(error);
        socket.terminate();
      }
    });
    socket.on('unexpected-response', (_request, { statusCode }) => {
      reject(new Refused('A handshake', statusCode));
      socket.terminate();
    });
    socket.on('error', () => {});
    socket.on('close', (code) => {
      signal.removeEventListener('abort', abort);
      resolve(code === 1000);
    });
  });

export const connections: Readonly<Record<string, Connection>> = {
  ...Object.fromEntries(
    Object.entries(framings).flatMap(([name, framing]) => [
      [name, streamOf(name, framing)],
      [`${name} with gzip`, streamOf(name, framing, { 'Accept-Encoding': 'gzip' })],
    ]),
  ),
  'long-poll': pollOf('long-poll', true),
  poll: pollOf('poll', false),
  websocket: webSocket,
};

function withQuery(url: string, query: Record<string, string | undefined>): string {
  const set = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams(set)}`;
}

/** A status that neither a stream nor a poll has. */
export class Refused extends Error {
  readonly code: string;

  constructor(what: string, status: number | undefined) {
    super(`${what} was answered with ${status}`);
    this.code = `${status}`;
  }
}

/** @throws {Refused} when the status is not 200, 204 or 304. */
async function request(
  { url, cursor, agent, signal }: Ask,
  query: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(withQuery(url, { ...query, cursor }), { agent, headers, signal }, resolve).on('error', reject);
  });
  if ([200, 204, 304].includes(response.statusCode ?? 0)) return response;
  response.destroy();
  throw new Refused('A request', response.statusCode);
}
