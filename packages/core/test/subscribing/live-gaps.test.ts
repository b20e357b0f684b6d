import type { Backplane, BackplaneFactory } from '../../src/backplanes/backplane';
import type { Group } from '../../src/delivery/group';
import { HeldPoll } from '../../src/delivery/held-poll';
import type { AnswerSink } from '../../src/delivery/sink';
import { pollBody } from '../../src/encoders/poll';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import type { Batch } from '../../src/log/batch';
import { Log } from '../../src/log/log';
import { createMessage } from '../../src/log/message';
import type { SnapshotRequest } from '../../src/subscribing/snapshot';
import { Snapshot } from '../../src/subscribing/snapshot';
import { subscribe } from '../../src/subscribing/subscribe';
import { FakeClock, FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';

// A log that begins anew while clients are live, as after a failover of Redis.

function setUp() {
  const clock = new FakeClock();
  let log = new Log('first');
  let changed = () => {};
  const append = (text: string) => {
    log.append(createMessage(text), clock.now());
    changed();
    clock.turn();
  };
  const beginAnew = (epoch: string) => {
    log = new Log(epoch);
  };
  const backplane: BackplaneFactory = () => {
    const follow: Backplane['follow'] = async (_channel, onChange) => {
      changed = onChange;
      return {
        get log() {
          return log;
        },
        refresh: async () => {},
        stop() {},
      };
    };
    return { append: () => ({ epoch: log.epoch, offset: 0 }), end() {}, follow, connectionsTo: () => 0, close() {} };
  };
  const hub = createHub({ clock, backplane });
  return { clock, hub, append, beginAnew };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a log that begins anew', () => {
  it.each<[string, (state: string) => unknown]>([
    ['at once', (state) => state],
    ['later', async (state) => state],
  ])('gives live clients a snapshot together with the gap: %s', async (_kind, give) => {
    const { clock, hub, append, beginAnew } = setUp();
    const channels = [hub.channel('news')];
    const asked: SnapshotRequest[] = [];
    const snapshots = {
      timeout: 1000,
      run: <R>(act: () => R) => act(),
      maxInRow: 3,
      ask(request: SnapshotRequest) {
        asked.push(request);
        return new Snapshot(give(`state ${asked.length}`), 1000);
      },
      onError() {},
    };
    const sink = new FakeSink();
    await subscribe(engineFor(channels, hub), channels, sseEncoder, 'now', settings, sink, { snapshots });
    append('old');
    beginAnew('second');
    append('lost');
    clock.turn();
    await turn();
    append('live');
    expect(parseEventStream(sink.text).map(({ event, data }) => (event === 'message' ? data : event))).toEqual([
      'pushwire:open',
      'state 1',
      'pushwire:snapshot',
      'old',
      'pushwire:gap',
      'state 2',
      'pushwire:snapshot',
      'live',
    ]);
    expect(asked.map(({ cursor, gap }) => [cursor, gap?.reason])).toEqual([
      ['first.0', undefined],
      ['second.1', 'epoch'],
    ]);
  });

  it.each([
    ['with an empty answer where the route has snapshots, so that it comes back for one', true, []],
    ['with the gap where the route has none', false, ['lost']],
  ])('answers a held poll %s', async (_kind, hasSnapshots, expected) => {
    const { clock, hub, append, beginAnew } = setUp();
    const format = { name: 'poll', transport: 'long-poll' as const, batch: (batch: Batch) => pollBody(batch) };
    const responder = {
      hasSnapshots,
      answer: (sink: AnswerSink, batch: Batch) => sink.answer(200, {}, Buffer.from(pollBody(batch))),
      answerShared: (sink: AnswerSink, bytes: Uint8Array) => sink.answer(200, {}, bytes),
    };
    const group = (await engineFor([], hub).groups.join(format, ['news'], 'now')) as Group;
    append('old');
    const sink = new FakeSink();
    const poll = new HeldPoll(engineFor([], hub), group, sink, responder);
    poll.hold(1000);
    beginAnew('second');
    append('lost');
    clock.turn();
    const { cursor, gap, messages } = JSON.parse(sink.answered?.body as string);
    expect(messages.map(({ data }: { data: string }) => data)).toEqual(expected);
    expect([cursor, gap?.reason]).toEqual(hasSnapshots ? ['first.1', undefined] : ['second.1', 'epoch']);
  });
});
