import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { FakeClock } from '@pushwire/core/testing';
import { type RunningBroker, startBroker } from '../../src';
import { Member } from '../../src/broker/member';
import { type Call, type CallName, type Given, protocolVersion } from '../../src/protocol/calls';
import { encodeFrame, FrameReader } from '../../src/protocol/frames';
import type { FromBroker, LogNews } from '../../src/protocol/news';
import { stateLimits, textMessage, unlimited, valueMessage } from '../kit/broker-logs';

/** A worker that speaks the protocol by hand. */
class Worker {
  readonly socket: Socket;
  readonly got: FromBroker[] = [];
  readonly closed: Promise<unknown>;
  #calls = 0;
  #onMessage = () => {};

  constructor(path: string) {
    const frames = new FrameReader();
    this.socket = connect(path);
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
    this.socket.on('data', (bytes: Buffer) => {
      this.got.push(...(frames.read(bytes) as FromBroker[]));
      this.#onMessage();
    });
  }

  frame<Name extends CallName>(name: Name, given: Given<Name>): Buffer {
    return encodeFrame({ call: ++this.#calls, name, given } satisfies Call<Name>);
  }

  async call<Name extends CallName>(name: Name, given: Given<Name>): Promise<FromBroker> {
    this.socket.write(this.frame(name, given));
    const call = this.#calls;
    return this.until((message) => 'reply' in message && message.reply === call);
  }

  async until(is: (message: FromBroker) => boolean): Promise<FromBroker> {
    for (;;) {
      const found = this.got.find(is);
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
  }

  hello(process: string, version = protocolVersion): Promise<FromBroker> {
    return this.call('hello', { version, process });
  }
}

const presence = { log: 'pushwire:presence:room', limits: stateLimits };
const hold = (ids: readonly string[], leaves: readonly string[]) => {
  const messages = ids.map((id) => valueMessage(id, ''));
  const joins = messages.map((message) => ({ message, joined: message, says: 'joined' as const }));
  return { ...presence, hold: { holder: 'a', lease: 60_000, isCount: false, leaves, updates: [], joins } };
};

describe('a broker', () => {
  let folder = '';
  let broker: RunningBroker;
  const logger = { error: jest.fn() };
  const workers: Worker[] = [];
  const join1 = async (process: string) => {
    const worker = new Worker(broker.path);
    workers.push(worker);
    await worker.hello(process);
    return worker;
  };

  beforeEach(async () => {
    logger.error.mockClear();
    folder = mkdtempSync(join(tmpdir(), 'pushwire-test-'));
    broker = startBroker({ path: join(folder, 'a.sock'), logger, highWaterMark: 32 * 1024 });
    await broker.ready;
  });
  afterEach(async () => {
    for (const { socket } of workers.splice(0)) socket.destroy();
    await broker.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('does no call of an earlier connection of a process after those of the next one', async () => {
    const [earlier, other] = [await join1('process'), await join1('other')];
    await earlier.call('hold', hold(['x'], []));
    const late = earlier.frame('hold', hold(['ghost'], []));
    earlier.socket.pause();
    const next = await join1('process');
    await next.call('hold', hold([], ['x', 'ghost']));
    earlier.socket.write(late);
    earlier.socket.resume();
    await earlier.closed;
    expect(await other.call('countMembers', presence)).toMatchObject({ value: 0 });
  });

  it('does nothing for a worker of another version, or one that is none', async () => {
    const worker = new Worker(broker.path);
    workers.push(worker);
    expect(await worker.hello('process', protocolVersion + 1)).toMatchObject({
      failure: {
        message: expect.stringContaining(`and the worker ${protocolVersion + 1}. Both need the same version`),
      },
    });
    const given = { log: 'news', limits: unlimited };
    expect(await worker.call('end', given)).toMatchObject({ failure: { message: expect.stringContaining('hello') } });
    const stranger = connect(broker.path);
    stranger.end('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    stranger.on('error', () => {});
    await new Promise((resolve) => stranger.on('close', resolve));
  });

  it.each([
    ['a large frame before it has said hello', encodeFrame({ name: 'x'.repeat(5000) })],
    ['a value that is no call', encodeFrame(5)],
    ['null', encodeFrame(null)],
  ])('ends a connection that brings %s', async (_what, frame) => {
    const worker = new Worker(broker.path);
    workers.push(worker);
    worker.socket.write(frame.subarray(0, 1000));
    await worker.closed;
  });

  it('ends a worker that sends what is no call, also while nothing of it is read', async () => {
    const [slow, other] = [await join1('slow'), await join1('other')];
    await slow.call('follow', { log: 'news', limits: unlimited, from: undefined });
    slow.socket.pause();
    const message = textMessage('x'.repeat(2_000_000));
    await other.call('append', { log: 'news', limits: unlimited, message });
    slow.socket.write(encodeFrame(5));
    slow.socket.resume();
    await slow.closed;
    expect(await other.call('ping', {})).toMatchObject({ reply: expect.any(Number) });
  });

  it('takes large frames of a worker that has said hello', async () => {
    const worker = await join1('process');
    const message = textMessage('x'.repeat(100_000));
    expect(await worker.call('append', { log: 'news', limits: unlimited, message })).toMatchObject({
      value: { offset: 1 },
    });
  });

  it('has at most so many workers, and says so', async () => {
    const few = startBroker({ path: join(folder, 'few.sock'), logger, maxWorkers: 1 });
    await few.ready;
    const [first, second] = [new Worker(few.path), new Worker(few.path)];
    workers.push(first, second);
    await second.closed;
    expect(await first.hello('process')).toMatchObject({ reply: 1 });
    expect(logger.error.mock.calls[0]?.[0].err.message).toContain('maxWorkers');
    await few.close();
  });

  it('reads nothing of a worker that does not read, and sends it what is still there', async () => {
    const [slow, other] = [await join1('slow'), await join1('other')];
    const limits = { ...unlimited, count: 20 };
    const news = { log: 'news', limits };
    await slow.call('follow', { ...news, from: undefined });
    slow.socket.pause();
    const big = 'x'.repeat(20_000);
    for (let n = 1; n <= 200; n++) await other.call('append', { ...news, message: textMessage(`${n} ${big}`) });
    slow.socket.write(slow.frame('append', { ...news, message: textMessage('not yet') }));
    const before = await other.call('append', { ...news, message: textMessage('last') });
    expect(before).toMatchObject({ value: { offset: 201 } });
    slow.socket.resume();
    await slow.until((message) => 'log' in message && message.head === 202);
    const sent = slow.got.filter((message): message is LogNews => 'log' in message);
    const offsets = sent.flatMap(({ entries }) => entries.map(({ offset }) => offset));
    expect(offsets.slice(-20)).toEqual(Array.from({ length: 20 }, (_, i) => 183 + i));
    expect(offsets.length).toBeLessThan(150);
    expect(sent.some(({ begins = 0 }) => begins > 100)).toBe(true);
  });

  it('asks the workers that follow a channel for their connections, and no dead ones', async () => {
    const [one, two, three] = [await join1('one'), await join1('two'), await join1('three')];
    for (const worker of [one, two]) {
      await worker.call('follow', { log: 'news', limits: unlimited, from: undefined });
    }
    two.socket.destroy();
    const counting = three.call('connections', { log: 'news' });
    const asked = (await one.until((message) => 'question' in message)) as { question: number };
    one.socket.write(encodeFrame({ answer: asked.question, connections: 7 }));
    expect(await counting).toMatchObject({ value: 7 });
  });
});

it('a connection ends unless it says soon of which process it is', () => {
  const clock = new FakeClock();
  const host = { clock, receive() {}, left() {} };
  const [silent, worker] = [new PassThrough(), new PassThrough()];
  new Member(silent as unknown as Socket, host);
  new Member(worker as unknown as Socket, host).welcome('process');
  clock.advance(9_999);
  expect([silent.destroyed, worker.destroyed]).toEqual([false, false]);
  clock.advance(60_000);
  expect([silent.destroyed, worker.destroyed]).toEqual([true, false]);
});
