import { PushwireError } from '../wire/error.js';
import { type Frame, readFrame } from '../wire/frame.js';
import { requesting } from './request.js';
import { addressOf, type Transport } from './transport.js';

/** The answer to a poll (PROTOCOL.md, section 6). */
interface Answer {
  readonly cursor: string;
  readonly messages: readonly Frame[];
  readonly gap?: { readonly cursor: string };
  readonly ended?: boolean;
  /** Of interval polls alone. */
  readonly interval?: number;
}

/** Seconds that a poll is held at most: less than any proxy waits. */
const longest = 25;

/** Polls, one after the other, until one fails: held by the server, or at intervals. */
const polling = (name: string, isHeld: boolean): Transport => ({
  name,
  open(request, listener) {
    const { client, maxMessage, clock } = request;
    const { hear } = listener;
    return requesting(request, listener, async (ask, signal) => {
      let { cursor } = request;
      // The first is answered at once, so that it shows whether this works.
      for (let wait = 0; ; wait = longest) {
        const decoder = new TextDecoder();
        let text = '';
        await ask(
          addressOf({ ...request, cursor }, name, { client, wait }),
          (bytes) => {
            text += decoder.decode(bytes, { stream: true });
            if (text.length > maxMessage) throw new PushwireError('too-large');
          },
          // A browser lets equal requests wait for each other; but an interval poll gains by what it keeps.
          isHeld ? undefined : 'default',
        );
        const { messages, gap, ended, interval = 0, ...answer } = JSON.parse(text) as Answer;
        if (gap) hear({ event: 'pushwire:gap', id: gap.cursor, data: gap });
        for (const message of messages) hear(readFrame(message));
        cursor = answer.cursor;
        const heartbeat = Math.max(interval, longest * 1000);
        hear({ event: ended ? 'pushwire:end' : 'pushwire:open', id: cursor, data: { heartbeat } });
        if (!isHeld) await new Promise<void>((resolve) => (signal.onabort = clock.after(interval, resolve)));
      }
    });
  },
});

/** Long polling: the server holds each request until there is a message. */
export const longPoll = polling('long-poll', true);

/** Interval polling: the server answers at once, and says when to come back. */
export const poll = polling('poll', false);
