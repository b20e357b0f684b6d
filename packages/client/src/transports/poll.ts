import { type Frame, withBytes } from '../frame.js';
import { readBody, refusalIn, requesting } from './request.js';
import { addressOf, type Transport, type TransportListener, type TransportRequest } from './transport.js';

/** The answer to a poll (PROTOCOL.md, section 6). */
interface Answer {
  readonly cursor: string;
  readonly messages: readonly Frame[];
  readonly gap?: { readonly cursor: string };
  readonly ended?: boolean;
  readonly interval?: number;
}

const type = 'application/json';

/** Seconds that a poll may be held: less than any proxy waits. */
const wait = 25;

/** The least heartbeat of polls that come at intervals, in ms: an answer may be slow. */
const leastHeartbeat = 15_000;

/** Polls, one after the other, until one fails: held by the server, or at intervals. */
const polling = (name: string, held: boolean): Transport => ({
  name,
  open: (request, listener) =>
    requesting(listener, async (signal) => {
      let { cursor } = request;
      for (let isFirst = true; ; isFirst = false) {
        // The first is answered at once, so that it shows whether this works.
        const more: Record<string, string> = held ? { client: request.client, wait: isFirst ? '0' : `${wait}` } : {};
        const response = await request.fetch(addressOf({ ...request, cursor }, name, more), signal, {
          headers: { accept: type },
          // A browser lets equal requests wait for each other; but an interval poll gains by what it keeps.
          cache: held ? 'no-store' : 'default',
        });
        const refusal = refusalIn(response, type);
        if (refusal) return refusal;
        const answer = JSON.parse(await textOf(response, signal, listener, request)) as Answer;
        if (signal.aborted) return {};
        const heartbeat = held ? wait * 1000 : Math.max(answer.interval ?? 0, leastHeartbeat);
        for (const frame of framesOf(answer, heartbeat)) {
          listener.frame(frame);
          if (signal.aborted) return {};
        }
        cursor = answer.cursor;
        if (!held) await pause(answer.interval ?? leastHeartbeat, signal, request);
        if (signal.aborted) return {};
      }
    }),
});

/** What a stream would have brought. */
function* framesOf({ cursor, messages, gap, ended }: Answer, heartbeat: number): Generator<Frame> {
  const open = { event: 'pushwire:open', data: { heartbeat } };
  yield open;
  if (gap) yield { event: 'pushwire:gap', id: gap.cursor, data: gap };
  for (const message of messages) yield withBytes(message);
  yield ended ? { event: 'pushwire:end', id: cursor, data: {} } : { ...open, id: cursor };
}

async function textOf(
  response: Response,
  signal: AbortSignal,
  listener: TransportListener,
  { maxMessage }: TransportRequest,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  await readBody(response, signal, listener, (bytes) => {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > maxMessage) throw new RangeError(`an answer of more than ${maxMessage} characters`);
  });
  return text;
}

const pause = (ms: number, signal: AbortSignal, { after }: TransportRequest) =>
  new Promise<void>((resolve) => {
    const stop = after(ms, resolve);
    signal.addEventListener('abort', () => {
      stop();
      resolve();
    });
  });

/** Long polling: the server holds each request until there is a message. */
export const longPoll = polling('long-poll', true);

/** Interval polling: the server answers at once, and says when to come back. */
export const poll = polling('poll', false);
