import { openStream, type StreamClient } from './stream-client';
import { openWebSocket } from './web-socket-client';

/** A message as any transport delivers it to a client. */
export interface Heard {
  readonly id: string;
  readonly event?: string;
  readonly data: unknown;
  readonly encoding?: string;
  /** The key of a state, and true for its deletion. */
  readonly key?: string;
  readonly deleted?: boolean;
}

/** The result of one connection or poll. */
export interface Round {
  readonly status: number;
  readonly messages: Heard[];
  readonly gap: boolean;
  readonly ended: boolean;
  /** How a run has ended, for a client that is told of it. */
  readonly end?: { readonly outcome?: string; readonly code?: string; readonly reason?: string };
  /** The cursor to continue from. */
  readonly cursor: string | undefined;
}

/** Reads a transport from a cursor until it has `enough` messages or the response has ended. */
export type ReadRound = (url: string, cursor: string | undefined, enough: number) => Promise<Round>;

const withQuery = (url: string, query: Record<string, string | undefined>): string => {
  const parameters = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `${url}?${new URLSearchParams(parameters)}`;
};

/** Makes a round from frames in the order of their arrival. */
function roundOf(status: number, frames: Heard[], cursor: string | undefined): Round {
  const end = frames.find(({ event }) => event === 'pushwire:end')?.data;
  const { cursor: _cursor, ...told } = typeof end === 'string' ? JSON.parse(end) : ((end ?? {}) as object as Round);
  const ofProtocol = (name: string) => frames.some(({ event }) => event === `pushwire:${name}`);
  return {
    status,
    messages: frames.filter(({ event }) => !event?.startsWith('pushwire:')),
    gap: ofProtocol('gap'),
    ended: status === 204 || ofProtocol('end'),
    ...(Object.keys(told).length > 0 && { end: told }),
    cursor: frames.reduce<string | undefined>((last, { id }) => id ?? last, cursor),
  };
}

const count = (frames: Heard[]) => frames.filter(({ event }) => !event?.startsWith('pushwire:')).length;

function streamReader(http2: boolean, transport: string, framesOf: (client: StreamClient) => Heard[]): ReadRound {
  return async (url, cursor, enough) => {
    const client = await openStream(withQuery(url, { transport, cursor }), http2);
    if (client.status === 200) {
      const isDone = (stream: StreamClient) => {
        const frames = framesOf(stream);
        return count(frames) >= enough || frames.some(({ event }) => event === 'pushwire:end');
      };
      await Promise.race([client.until(isDone).catch(() => {}), client.ended]);
      client.leave();
    }
    return roundOf(client.status, framesOf(client), cursor);
  };
}

function pollReader(http2: boolean, transport: string): ReadRound {
  return async (url, cursor) => {
    const client = await openStream(withQuery(url, { transport, cursor, wait: '0.3' }), http2);
    await client.ended;
    if (client.status !== 200)
      return { status: client.status, messages: [], gap: false, ended: client.status === 204, cursor };
    const answer = JSON.parse(client.text());
    return {
      status: 200,
      messages: answer.messages,
      gap: 'gap' in answer,
      ended: answer.ended === true,
      ...(answer.outcome && { end: { outcome: answer.outcome, code: answer.code, reason: answer.reason } }),
      cursor: answer.cursor,
    };
  };
}

function webSocketReader(http2: boolean): ReadRound {
  return async (url, cursor, enough) => {
    const client = await openWebSocket(withQuery(url, { cursor }), { http2, protocol: 'pushwire.v1' });
    const frames = () => client.messages().map((text): Heard => JSON.parse(text.toString()));
    if (client.status === 101) {
      await client.until(() => count(frames()) >= enough || client.code() !== undefined);
      client.leave();
    }
    // On a WebSocket, the close code 1000 before any opening means "finished, do not come back".
    const finished = client.code() === 1000 && !frames().some(({ event }) => event === 'pushwire:open');
    return roundOf(finished ? 204 : client.status, frames(), cursor);
  };
}

const jsonLines = (text: string): Heard[] =>
  text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const calls = (text: string): Heard[] =>
  [...text.matchAll(/<script[^>]*>_\((\{.*?\})(?:,"[^"]*")?(?:,\d+)?\)<\/script>\n/g)].map(([, json]) =>
    JSON.parse(json as string),
  );

/** Reads every transport without a browser. On SSE, JSON data is left as text. */
export const readers = (http2: boolean): Record<string, ReadRound> => ({
  sse: streamReader(http2, 'sse', (client) =>
    client.events().map(({ event, ...rest }) => (event === 'message' ? rest : { event, ...rest })),
  ),
  ndjson: streamReader(http2, 'ndjson', (client) => jsonLines(client.text())),
  comet: streamReader(http2, 'comet', (client) => calls(client.text())),
  'long-poll': pollReader(http2, 'long-poll'),
  poll: pollReader(http2, 'poll'),
  websocket: webSocketReader(http2),
});
