import type { CloseReason } from '../../src/delivery/close-reason';
import { StreamWriter } from '../../src/delivery/stream-writer';
import type { Encoder } from '../../src/encoders/encoder';
import { ndjsonEncoder } from '../../src/encoders/ndjson';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { createMessage } from '../../src/log/message';
import { FakeClock, FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';

interface Overrides {
  readonly maxPending?: number;
  readonly encoder?: Encoder;
  readonly settings?: Partial<typeof settings>;
}

function setUp({ maxPending, encoder = sseEncoder, settings: changed = {} }: Overrides = {}) {
  const clock = new FakeClock();
  const hub = createHub({ clock });
  const sink = new FakeSink();
  const onClosing = jest.fn();
  const engine = engineFor([], hub);
  const writer = new StreamWriter(engine, encoder, sink, { ...settings, ...changed }, { onClosing, maxPending });
  writer.start();
  sink.writes.length = 0;
  const send = (data: unknown, id?: string, retry?: number) => writer.send(createMessage(data), id, retry);
  return { clock, hub, sink, onClosing, writer, send };
}

const text = (bytes: number) => 'x'.repeat(bytes);
/** Runs what waits for a promise that has settled. */
const microtasks = () => new Promise<void>((resolve) => setImmediate(resolve));

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => {
    settled = true;
  });
  await microtasks();
  return settled;
}

describe('a stream that an app writes', () => {
  it('opens with the cursor that came, and takes the place of its request', () => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const sink = new FakeSink();
    const writer = new StreamWriter(engineFor([], hub), ndjsonEncoder, sink, settings, { onClosing() {} });
    writer.start('7');
    expect(sink.contentType).toBe('application/x-ndjson; charset=utf-8');
    expect(JSON.parse(sink.text)).toMatchObject({ event: 'pushwire:open', data: { from: '7', heartbeat: 15_000 } });
    expect(hub.stats()).toMatchObject({ connections: 1, open: { ndjson: 1 } });
  });

  it('writes the messages of one turn together, in their order', () => {
    const { clock, sink, send, writer } = setUp();
    send('a', '1');
    writer.comment('between');
    writer.reconnection(500);
    send({ b: 2 }, '2', 900);
    expect(sink.writes).toEqual([]);
    clock.turn();
    expect(sink.writes).toEqual(['id: 1\ndata: a\n\n:between\nretry: 500\nretry: 900\nid: 2\ndata: {"b":2}\n\n']);
    send('c');
    clock.turn();
    expect(sink.writes[1]).toBe('data: c\n\n');
  });

  it('writes at once when it is flushed, and nothing twice', () => {
    const { clock, sink, send, writer } = setUp();
    send('a');
    writer.flush();
    expect(sink.writes).toEqual(['data: a\n\n']);
    writer.flush();
    clock.turn();
    expect(sink.writes).toHaveLength(1);
  });

  it('ends a comment of several lines as comments', () => {
    const { clock, sink, writer } = setUp();
    writer.comment('one\r\ntwo\rthree\n');
    clock.turn();
    expect(sink.text).toBe(':one\n:two\n:three\n:\n');
  });

  it('writes neither comments nor retries where there are none', () => {
    const { clock, sink, writer } = setUp({ encoder: ndjsonEncoder });
    expect([writer.comment('x'), writer.reconnection(500)]).toEqual([true, true]);
    clock.turn();
    expect(sink.writes).toEqual([]);
  });

  it('does not wait for the end of a turn in which it gets more than 64 KiB', () => {
    const { clock, sink, send } = setUp({ maxPending: 1_000_000, settings: { highWaterMark: 1_000_000 } });
    for (let n = 0; n < 5; n++) send(text(30_000));
    expect(sink.writes.length).toBe(2);
    clock.turn();
    expect(parseEventStream(sink.text).length).toBe(5);
  });

  it('sends a heartbeat when it has been silent, and not when the app has just written', () => {
    const { clock, sink, send } = setUp();
    clock.advance(14_000);
    const before = sink.writes.length;
    clock.advance(15_000);
    expect(sink.writes.length).toBe(before + 1);
    expect(sink.writes.at(-1)).toMatch(/^:\n/);
    send('a');
    clock.turn();
    const after = sink.writes.length;
    clock.advance(11_000);
    expect(sink.writes.length).toBe(after);
  });

  it('tells the app to wait for a client that takes too little, and when it takes more', async () => {
    const { clock, sink, send, writer } = setUp();
    sink.stalled = true;
    expect(send(text(500))).toBe(true);
    expect(send(text(600))).toBe(false);
    clock.turn();
    const ready = [writer.ready(), writer.ready()];
    expect(await isSettled(Promise.race(ready))).toBe(false);
    expect(send('more')).toBe(false);
    clock.turn();
    expect(sink.writes).toHaveLength(1);
    sink.drain();
    await Promise.all(ready);
    expect(sink.writes.at(-1)).toBe('data: more\n\n');
    expect(send('again')).toBe(true);
    expect(await isSettled(writer.ready())).toBe(true);
  });

  it('keeps at most maxPending bytes for a slow client, and then closes with overrun', () => {
    const { clock, sink, send, writer, onClosing } = setUp({ maxPending: 5000 });
    sink.stalled = true;
    const sent: number[] = [];
    for (let n = 1; writer.reason === undefined && n < 20; n++) {
      send(text(1000), String(n));
      clock.turn();
      sent.push(n);
    }
    // Each takes 1000 bytes and some for its fields.
    expect(sent.length).toBe(5);
    expect(writer.reason).toBe('overrun');
    expect(onClosing).toHaveBeenCalledTimes(1);
    const events = parseEventStream(sink.text);
    expect(events.map(({ id }) => id)).toEqual(['1', '2', '3', '4', '4']);
    expect(events.at(-1)).toMatchObject({ event: 'pushwire:retry', data: expect.stringContaining('"overrun"') });
    expect(send('late')).toBe(false);
  });

  it('takes one message of any size when nothing waits', () => {
    const { clock, sink, send, writer } = setUp({ maxPending: 1000 });
    expect(send(text(50_000))).toBe(false);
    clock.turn();
    expect(writer.reason).toBeUndefined();
    expect(sink.text.length).toBeGreaterThan(50_000);
  });

  it('settles ready() when the client leaves', async () => {
    const { sink, send, writer, clock, onClosing } = setUp();
    sink.stalled = true;
    send(text(2000));
    clock.turn();
    const ready = writer.ready();
    sink.leave();
    await ready;
    expect(writer.reason).toBe('left');
    expect(await writer.closed).toBe('left');
    expect(onClosing).toHaveBeenCalledTimes(1);
    expect([send('a'), writer.comment('a'), writer.reconnection(1)]).toEqual([false, false, false]);
    writer.flush();
    writer.close('ended');
    clock.turn();
    expect(await writer.closed).toBe('left');
  });

  it('sends what waits before it ends, and ends once', () => {
    const { clock, sink, send, writer, hub } = setUp();
    send('last');
    writer.close('ended');
    writer.close('failed');
    clock.turn();
    expect(sink.text).toBe('data: last\n\nevent: pushwire:end\nid: end\ndata: {"cursor":"end"}\n\n');
    expect(sink.reason).toBe('ended');
    expect(hub.stats()).toMatchObject({ connections: 0, closed: { ended: 1 } });
  });

  it.each<[CloseReason, RegExp]>([
    ['ended', /pushwire:end/],
    ['failed', /pushwire:error/],
    ['draining', /pushwire:retry\ndata: {"reason":"draining"/],
    ['forbidden', /pushwire:retry\ndata: {"reason":"forbidden"/],
    ['unavailable', /pushwire:retry\ndata: {"reason":"unavailable"/],
  ])('tells the client of a close with %s', (reason, words) => {
    const { sink, writer } = setUp();
    writer.close(reason);
    expect(sink.text).toMatch(words);
    expect(sink.ended).toBe(true);
  });

  it('closes with its hub', async () => {
    const { hub, writer, send, sink } = setUp();
    send('last');
    await hub.close();
    expect(await writer.closed).toBe('draining');
    expect(parseEventStream(sink.text).map(({ event }) => event)).toEqual(['message', 'pushwire:retry']);
  });

  it('closes with stalled when the client takes nothing within stallTimeout', () => {
    const { clock, sink, send, writer } = setUp();
    sink.stalled = true;
    send(text(2000));
    clock.advance(settings.stallTimeout + 2 * settings.heartbeat);
    expect([writer.reason, sink.destroyed]).toEqual(['stalled', true]);
  });

  it('counts its messages and bytes, also those that waited and those of its end', () => {
    const { clock, sink, send, writer, hub } = setUp();
    const before = hub.stats().bytes;
    send('a');
    send('b');
    writer.comment('no message');
    clock.turn();
    expect(hub.stats()).toMatchObject({ delivered: 2, bytes: before + Buffer.byteLength(sink.text) });
    sink.stalled = true;
    send(text(2000));
    clock.turn();
    send('waits');
    send('waits too');
    sink.drain();
    expect(hub.stats().delivered).toBe(5);
    send('last');
    writer.close('ended');
    expect(hub.stats()).toMatchObject({ delivered: 6, bytes: before + Buffer.byteLength(sink.text) });
  });
});

it('streams of one turn are written by one callback', () => {
  const clock = new FakeClock();
  const soon = jest.spyOn(clock, 'soon');
  const engine = engineFor([], createHub({ clock }));
  const writers = [1, 2, 3].map(() => {
    const sink = new FakeSink();
    const writer = new StreamWriter(engine, sseEncoder, sink, settings, { onClosing() {} });
    writer.start();
    return { writer, sink };
  });
  soon.mockClear();
  for (const { writer } of writers) writer.send(createMessage('a'));
  expect(soon).toHaveBeenCalledTimes(1);
  // A message that is sent while the others are written has a turn of its own.
  writers[0]?.writer.send(createMessage('b'));
  clock.turn();
  expect(writers.map(({ sink }) => sink.writes.at(-1))).toEqual([
    'data: a\n\ndata: b\n\n',
    'data: a\n\n',
    'data: a\n\n',
  ]);
});
