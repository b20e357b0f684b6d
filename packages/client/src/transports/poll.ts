import { PushwireError } from '../wire/error.js';
import { type Frame, readFrame } from '../wire/frame.js';
import { fetchConnection } from './fetch-connection.js';
import { type Transport, urlOf } from './transport.js';

/** The answer to a poll (PROTOCOL.md, section 6). */
interface Answer {
  readonly cursor: string;
  readonly messages: readonly Frame[];
  readonly gap?: { readonly cursor: string };
  readonly ended?: boolean;
  /** Milliseconds until the next poll. Only interval polls have it. */
  readonly interval?: number;
}

/** Seconds for which the server may hold a poll: proxies wait longer. */
const maxWait = 25;

/** Polls until a request fails. A poll `isHeld` until there is a message, or answered at once. */
const polling = (name: string, isHeld: boolean): Transport => ({
  name,
  open(request, listener) {
    const { client, maxMessage, clock } = request;
    const { onFrame } = listener;
    return fetchConnection(request, listener, async (fetch, signal) => {
      let { cursor } = request;
      // The first poll is answered at once, which shows that the transport works.
      for (let wait = 0; ; wait = maxWait) {
        const decoder = new TextDecoder();
        let text = '';
        await fetch(
          urlOf({ ...request, cursor }, name, { client, wait }),
          (bytes) => {
            text += decoder.decode(bytes, { stream: true });
            if (text.length > maxMessage) throw new PushwireError('too-large');
          },
          // With a cache, browsers let equal requests wait for each other. Interval polls gain more
          // than that by their ETag.
          isHeld ? undefined : 'default',
        );
        const { messages, gap, ended, interval = 0, ...answer } = JSON.parse(text) as Answer;
        if (gap) onFrame({ event: 'pushwire:gap', id: gap.cursor, data: gap });
        for (const message of messages) onFrame(readFrame(message));
        cursor = answer.cursor;
        const heartbeat = Math.max(interval, maxWait * 1000);
        onFrame({ event: ended ? 'pushwire:end' : 'pushwire:open', id: cursor, data: { heartbeat } });
        if (!isHeld) await new Promise<void>((resolve) => (signal.onabort = clock.after(interval, resolve)));
      }
    });
  },
});

/** Long polling: the server holds each request until there is a message. */
export const longPoll = polling('long-poll', true);

/** Interval polling: the server answers at once, and sets the time of the next poll. */
export const poll = polling('poll', false);
