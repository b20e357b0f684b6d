import { array, asyncProperty, assert as check, constant, integer, oneof, record } from 'fast-check';
import { StreamWriter } from '../../src/delivery/stream-writer';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { createMessage } from '../../src/log/message';
import { FakeClock, FakeSink } from '../../src/testing';
import { settings } from '../kit/client';

const acts = array(
  oneof(
    { weight: 6, arbitrary: record({ act: constant('send' as const), size: integer({ min: 0, max: 3000 }) }) },
    { weight: 1, arbitrary: record({ act: constant('send' as const), size: integer({ min: 30_000, max: 90_000 }) }) },
    ...(['comment', 'flush', 'turn', 'stall', 'drain', 'drainOnce', 'ready'] as const).map((act) =>
      record({ act: constant(act), size: constant(0) }),
    ),
  ),
  { maxLength: 80 },
);

/** Random apps and clients, fast and slow. */
describe('a stream that an app writes', () => {
  it('keeps the order, loses nothing before it closes, and holds no more than it may', () =>
    check(
      asyncProperty(
        acts,
        integer({ min: 1000, max: 200_000 }),
        integer({ min: 0, max: 50_000 }),
        async (run, max, mark) => {
          const clock = new FakeClock();
          const hub = createHub({ clock });
          const sink = new FakeSink();
          const writer = new StreamWriter(
            engineFor([], hub),
            sseEncoder,
            sink,
            { ...settings, highWaterMark: mark },
            { maxPending: max, onClosing() {} },
          );
          writer.start();
          sink.writes.length = 0;
          let sent = '';
          let biggest = 0;
          let messages = 0;
          let isReady = 0;
          let asked = 0;
          const bytes = () => sent.length - sink.text.length;
          for (const { act, size } of run) {
            if (writer.reason !== undefined) break;
            if (act === 'send' || act === 'comment') {
              const text = act === 'send' ? `data: ${'x'.repeat(size)}\n\n` : `:${messages}\n`;
              const more =
                act === 'send' ? writer.send(createMessage('x'.repeat(size))) : writer.comment(String(messages));
              if (writer.reason !== undefined) break;
              sent += text;
              messages += act === 'send' ? 1 : 0;
              biggest = Math.max(biggest, text.length);
              if (more) expect(bytes() + sink.pending).toBeLessThanOrEqual(Math.min(mark, max / 2));
            } else if (act === 'ready') {
              asked++;
              writer.ready().then(() => isReady++);
            } else if (act === 'stall') sink.stalled = true;
            else if (act === 'turn') clock.turn();
            else if (act === 'flush') writer.flush();
            else sink[act]();
            expect(bytes() + sink.pending).toBeLessThanOrEqual(Math.max(max, biggest));
            expect(sent.startsWith(sink.text)).toBe(true);
          }
          const reason = writer.reason;
          sink.drain();
          clock.turn();
          if (reason === undefined) {
            expect(sink.text).toBe(sent);
            expect(hub.stats().delivered).toBe(messages);
          } else {
            // Messages that were taken before go out in front of the reason.
            expect([reason, sink.text.startsWith(sent)]).toEqual(['overrun', true]);
            expect(sink.text.slice(sent.length)).toMatch(
              /^retry: \d+\nevent: pushwire:retry\ndata: {"reason":"overrun",/,
            );
          }
          await new Promise((resolve) => setImmediate(resolve));
          expect(isReady).toBe(asked);
        },
      ),
      { numRuns: 300, endOnFailure: true },
    ));
});
