import { type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parseEventStream, type ReceivedEvent } from '@pushwire/core/testing';
import { waitLimit } from './limits';

/** A request that reads a stream as it arrives, over HTTP/1.1 or cleartext HTTP/2, as gzip too. */
export interface StreamClient {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  text(): string;
  events(): ReceivedEvent[];
  /** The data of the published messages. */
  data(): string[];
  /** Waits until `fits` is true for what has arrived. */
  until(fits: (client: StreamClient) => boolean): Promise<void>;
  /** Settles when the server has ended the stream. */
  readonly ended: Promise<void>;
  /** True if the body has come to its end, and was not cut off. */
  isWhole(): boolean;
  /** Leaves in the usual way. */
  leave(): void;
  /** Leaves with a TCP reset. Over HTTP/2 the whole session is destroyed. */
  reset(): void;
  /** Stops reading. Over HTTP/2 it resets the stream without an error and keeps the session. */
  drop(): void;
}

export interface StreamRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

interface Wire {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  onText(take: (text: string) => void): void;
  onEnd(act: () => void): void;
  isWhole(): boolean;
  leave(): void;
  reset(): void;
  drop(): void;
}

export async function openStream(url: string, http2: boolean, request: StreamRequest = {}): Promise<StreamClient> {
  const wire = await (http2 ? openHttp2 : openHttp1)(new URL(url), request);
  let text = '';
  let over = false;
  let changed: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    wire.onEnd(() => {
      over = true;
      changed();
      resolve();
    });
  });
  wire.onText((more) => {
    text += more;
    changed();
  });
  const client: StreamClient = {
    status: wire.status,
    headers: wire.headers,
    text: () => text,
    events: () => parseEventStream(text),
    data: () =>
      parseEventStream(text)
        .filter(({ event }) => !event.startsWith('pushwire:'))
        .map(({ data }) => data),
    until: (fits) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`Timed out. What came:\n${text}`)), waitLimit);
        changed = () => {
          if (fits(client)) {
            clearTimeout(timer);
            resolve();
          } else if (over) {
            clearTimeout(timer);
            reject(new Error(`The stream ended too early. What came:\n${text}`));
          }
        };
        changed();
      }),
    ended,
    isWhole: () => wire.isWhole(),
    leave: () => wire.leave(),
    reset: () => wire.reset(),
    drop: () => wire.drop(),
  };
  return client;
}

function openHttp1(url: URL, { method = 'GET', headers = {}, body }: StreamRequest): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const request = requestHttp(url, { method, headers, agent: false }, (response) => {
      response.on('error', () => response.destroy());
      const body = decoded(response, response.headers);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        onText: (take) => body.on('data', take),
        onEnd: (act) => body.on('close', act),
        isWhole: () => response.complete && body.readableEnded,
        leave: () => request.destroy(),
        reset: () => request.socket?.resetAndDestroy(),
        drop: () => request.destroy(),
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function openHttp2(url: URL, { method = 'GET', headers = {}, body }: StreamRequest): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(url.origin);
    session.on('error', reject);
    const stream = session.request({ ':path': url.pathname + url.search, ':method': method, ...headers });
    stream.on('error', reject);
    stream.on('close', () => session.close());
    stream.on('response', (head) => {
      const body = decoded(stream, head);
      resolve({
        status: head[':status'] ?? 0,
        headers: head,
        onText: (take) => body.on('data', take),
        onEnd: (act) => body.on('close', act),
        isWhole: () => body.readableEnded && stream.rstCode === 0,
        leave: () => stream.close(8),
        reset: () => session.destroy(),
        drop: () => stream.destroy(),
      });
    });
    stream.end(body);
  });
}

/** The text of a body. Where gzip has not come to its end, neither has the body. */
function decoded(body: Readable, { 'content-encoding': encoding }: IncomingHttpHeaders): Readable {
  if (encoding !== 'gzip') return body.setEncoding('utf8');
  const gunzip = createGunzip().setEncoding('utf8');
  gunzip.on('error', () => gunzip.destroy());
  body.on('close', () => {
    if (!body.readableEnded) gunzip.destroy();
  });
  return body.pipe(gunzip);
}
