import fc from 'fast-check';
import { StreamWriter } from '../../src/delivery/stream-writer';
import { sseEncoder } from '../../src/encoders/sse';
import { createHub, engineFor } from '../../src/hub/hub';
import { createMessage } from '../../src/log/message';
import { FakeClock, FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';

// Sends, flushes, stalls and drains at random. The client must get all that was sent, once and in
// order, and no more than `maxPending` bytes may wait for it.

type Step =
  | { do: 'send'; size: number }
  | { do: 'comment' | 'flush' | 'turn' | 'stall' | 'sip' | 'drain' | 'ready' | 'beat' };

const microtasks = () => new Promise<void>((resolve) => setImmediate(resolve));
const maxPending = 5000;

async function run(steps: Step[]) {
  const clock = new FakeClock();
  const hub = createHub({ clock });
  const sink = new FakeSink();
  const own = { ...settings, highWaterMark: 1000, stallTimeout: 1e9 };
  const writer = new StreamWriter(engineFor([], hub), sseEncoder, sink, own, { onClosing() {}, maxPending });
  writer.start();
  const sent: string[] = [];
  let [encoded, written, largest] = [0, 0, 0];
  /** Promises of `ready()` that have not settled. */
  let waiting = 0;
  const wait = () => {
    waiting++;
    return writer.ready().then(() => {
      waiting--;
    });
  };
  const opening = sink.text.length;

  const isReady = async () => {
    let settled = false;
    wait().then(() => {
      settled = true;
    });
    await microtasks();
    return settled;
  };

  for (const step of steps) {
    if (step.do === 'send') {
      const data = `${sent.length + 1} ${'x'.repeat(step.size)}`;
      const takesMore = writer.send(createMessage(data));
      if (writer.reason === undefined) {
        sent.push(data);
        const bytes = `data: ${data}\n\n`.length;
        encoded += bytes;
        largest = Math.max(largest, bytes);
        if (takesMore !== (await isReady())) throw new Error(`send() returned ${takesMore}, unlike ready()`);
      } else if (takesMore) throw new Error('A closed stream takes more');
    } else if (step.do === 'comment') {
      writer.comment('c');
      if (writer.reason === undefined) encoded += ':c\n'.length;
    } else if (step.do === 'flush') writer.flush();
    else if (step.do === 'turn') clock.turn();
    else if (step.do === 'beat') clock.advance(settings.heartbeat);
    else if (step.do === 'ready') wait();
    else if (step.do === 'stall') sink.stalled = true;
    else if (step.do === 'sip' && sink.stalled) sink.drainOnce();
    else if (step.do === 'drain') sink.drain();
    if (writer.reason !== undefined) break;
    const heartbeats = sink.writes
      .slice(1)
      .filter((text) => /^:\n+$/.test(text))
      .join('').length;
    written = sink.text.length - opening - heartbeats;
    const behind = sink.pending + encoded - written;
    if (behind > Math.max(maxPending, largest)) throw new Error(`${behind} bytes wait`);
    if (encoded < written) throw new Error(`${written} bytes were written of ${encoded}`);
  }
  const { reason } = writer;
  if (reason !== undefined && reason !== 'overrun') throw new Error(`It was closed: ${reason}`);
  sink.drain();
  clock.turn();
  sink.drain();
  await microtasks();
  if (waiting > 0) throw new Error('ready() does not settle');
  writer.close('ended');
  const events = parseEventStream(sink.text);
  expect(events.filter(({ event }) => event === 'message').map(({ data }) => data)).toEqual(sent);
  expect(events.at(-1)?.event).toBe(reason === 'overrun' ? 'pushwire:retry' : 'pushwire:end');
  expect(hub.stats()).toMatchObject({ connections: 0, delivered: sent.length });
  return { sent: sent.length, isOverrun: reason === 'overrun' };
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      size: fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 3000 }), fc.constantFrom(6000, 70_000)),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('comment' as const, 'flush', 'turn', 'stall', 'sip', 'sip', 'drain', 'ready', 'beat'),
    }),
  },
);

it('a stream that an app writes gives its client all of it in random runs, or ends with overrun', async () => {
  const total = { sent: 0, overruns: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const { sent, isOverrun } = await run(steps);
      total.sent += sent;
      if (isOverrun) total.overruns++;
    }),
    { numRuns: 300 },
  );
  expect(total.sent).toBeGreaterThan(1000);
  expect(total.overruns).toBeGreaterThan(20);
});
