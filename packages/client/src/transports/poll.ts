import { checkLength } from '../wire/error.js';
import { type Frame, readFrame } from '../wire/frame.js';
import { fetchConnection } from './fetch-connection.js';
import { type Transport, urlOf } from './transport.js';

/** The answer to a poll (PROTOCOL.md, section 6). */
interface Answer {
  /** The cursor that the server got; absent if it got none. */
  readonly from?: string;
  readonly cursor: string;
  readonly messages: readonly Frame[];
  readonly gap?: { readonly cursor: string };
  readonly ended?: boolean;
  /** Milliseconds until the next poll. Only interval polls have it. */
  readonly interval?: number;
  /** The fields of a run's end. */
  readonly outcome?: string;
  readonly code?: string;
  readonly reason?: string;
}

/** Seconds for which the server may hold a poll: proxies wait longer. */
const maxWait = 25;

/** Characters that an answer may have besides one message. Servers stay far below. */
const maxRest = 2 ** 22;

/** Polls until a request fails. A poll `isHeld` until there is a message, or answered at once. */
const polling = (name: string, isHeld: boolean): Transport => ({
  name,
  open(request, listener) {
    const { client, maxMessage, clock, retry } = request;
    const { onFrame } = listener;
    return fetchConnection(request, listener, async (fetch, signal) => {
      let { cursor } = request;
      // The first poll is answered at once, which shows that the transport works.
      for (let wait = 0; ; wait = maxWait) {
        const startedAt = clock.now();
        let text = '';
        await fetch(
          urlOf({ ...request, cursor }, name, { client, wait }),
          'application/json',
          (piece) => {
            text += piece;
            checkLength(text, maxMessage + maxRest);
          },
          // With a cache, browsers let equal requests wait for each other. Interval polls gain more
          // than that by their ETag.
          isHeld ? undefined : 'default',
        );
        const { from, messages, gap, ended, interval = retry, cursor: next, ...end } = JSON.parse(text) as Answer;
        if (!next) throw SyntaxError();
        const heartbeat = maxWait * 1000 + interval;
        onFrame({ event: 'pushwire:open', id: from ?? next, data: { from, heartbeat } });
        if (gap) onFrame({ event: 'pushwire:gap', id: gap.cursor, data: gap });
        for (const message of messages) {
          if (text.length > maxMessage) checkLength(JSON.stringify(message), maxMessage);
          onFrame(readFrame(message));
        }
        onFrame({ event: ended ? 'pushwire:end' : 'pushwire:heartbeat', id: next, data: end });
        // Only the first answer, and one with news, is followed by the next poll at once. A cache,
        // or a proxy that drops the cursor, would be asked without a pause otherwise.
        const isNext = isHeld && (!wait || (messages.length && next !== cursor));
        const pause = isNext ? 0 : startedAt + interval - clock.now();
        cursor = next;
        // A handler of this answer may have closed the connection, which then waits for nothing.
        if (pause > 0)
          await new Promise<void>((resolve) => signal.aborted || (signal.onabort = clock.after(pause, resolve)));
      }
    });
  },
});

/** Long polling: the server holds each request until there is a message. */
export const longPoll = polling('long-poll', true);

/** Interval polling: the server answers at once, and sets the time of the next poll. */
export const poll = polling('poll', false);
