import fc from 'fast-check';
import { engineFor } from '../../src/hub/engine-for';
import { createHub, type Hub } from '../../src/hub/hub';
import { FakeClock } from '../../src/testing';
import { connect, type TestClient } from '../kit/client';

// Runs random sequences of publish, evict, stall, drain, cut, resume and end. Each client must get
// every message of each of its channels once and in order, or a gap if it missed some. It must get
// no gap if it missed none.

const channelNames = ['a', 'b'];

type Step =
  | { do: 'publish'; channel: string; size: number }
  | { do: 'turn' }
  | { do: 'age'; ms: number }
  | { do: 'connect' | 'stall' | 'sip' | 'drain'; client: number }
  | { do: 'cut'; client: number; lost: number }
  | { do: 'end'; channel: string };

/** Collects the messages of one client over all of its connections, and checks their order. */
class Reader {
  current: TestClient | undefined;
  cursor: string | undefined;
  finished = false;
  delivered = 0;
  gaps = 0;
  /** The number of the client's last message, by channel. */
  readonly #last = new Map<string, number>();
  /** Channels with a gap, after which the next message may be any later one. */
  readonly #mayJump = new Set<string>();

  constructor(
    readonly names: string[],
    readonly published: Map<string, number>,
  ) {}

  connected(client: TestClient): void {
    this.current = client;
    // A client that never got a cursor starts at the newest message each time.
    if (this.cursor !== undefined) return;
    for (const name of this.names) this.#last.set(name, this.published.get(name) ?? 0);
  }

  /** Drops the connection, together with the last `lost` events on their way. */
  cut(lost: number): void {
    const events = this.current?.events() ?? [];
    for (const { event, data, id } of events.slice(0, Math.max(0, events.length - lost))) {
      this.cursor = id;
      if (event === 'pushwire:gap') {
        this.gaps++;
        for (const name of this.names) this.#mayJump.add(name);
      } else if (event === 'pushwire:end') this.finished = true;
      else if (event === 'message') this.#take(data);
    }
    this.current?.sink.leave();
    this.current = undefined;
  }

  /** Checks that no message is missing after everything was delivered. */
  expectComplete(): void {
    for (const name of this.names) {
      const missing = (this.published.get(name) ?? 0) - (this.#last.get(name) ?? 0);
      if (missing > 0 && !this.#mayJump.has(name)) throw new Error(`${missing} of ${name} are missing without a gap`);
    }
  }

  #take(data: string): void {
    const [name = '', digits] = data.split(' ');
    const number = Number(digits);
    const expected = (this.#last.get(name) ?? 0) + 1;
    if (number < expected) throw new Error(`${name} ${number} came twice or out of order`);
    if (number > expected && !this.#mayJump.has(name)) {
      throw new Error(`${name} ${expected} to ${number - 1} are missing without a gap`);
    }
    this.#mayJump.delete(name);
    this.#last.set(name, number);
    this.delivered++;
  }
}

async function run(
  log: { count: number; bytes: number; age: number },
  steps: Step[],
  limits: { logs?: number; logBytes?: number } = {},
  highWaterMark = 40,
) {
  const clock = new FakeClock();
  const hub: Hub = createHub({ clock, log, limits });
  const published = new Map<string, number>();
  const ended = new Set<string>();
  const readers = [['a'], ['b'], ['a', 'b'], ['b', 'a']].map((names) => new Reader(names, published));

  const attach = async (reader: Reader) => {
    if (reader.current || reader.finished) return;
    const client = await connect(hub, reader.names, reader.cursor, { highWaterMark });
    if (client.connection === 'finished') reader.finished = true;
    else reader.connected(client);
  };

  for (const step of steps) {
    const reader = 'client' in step ? (readers[step.client] as Reader) : undefined;
    if (step.do === 'publish' && !ended.has(step.channel)) {
      const number = (published.get(step.channel) ?? 0) + 1;
      published.set(step.channel, number);
      await hub.channel(step.channel).publish(`${step.channel} ${number} ${'x'.repeat(step.size)}`);
    } else if (step.do === 'turn') clock.turn();
    else if (step.do === 'age') clock.advance(step.ms);
    else if (step.do === 'end') {
      ended.add(step.channel);
      await hub.channel(step.channel).end();
    } else if (step.do === 'connect' && reader) await attach(reader);
    else if (reader?.current) {
      const { sink } = reader.current;
      if (step.do === 'stall') sink.stalled = true;
      else if (step.do === 'sip' && sink.stalled) sink.drainOnce();
      else if (step.do === 'drain') sink.drain();
      else if (step.do === 'cut') reader.cut(step.lost);
    }
    for (const each of readers) if (each.current?.sink.gone) each.cut(0);
  }

  clock.turn();
  for (const reader of readers) {
    await attach(reader);
    reader.current?.sink.drain();
    clock.turn();
    reader.cut(0);
    if (reader.cursor !== undefined) reader.expectComplete();
  }
  if (hub.stats().connections !== 0 || engineFor([], hub).timers.size !== 0)
    throw new Error('A connection or a timer is left');
  const sum = (count: (reader: Reader) => number) => readers.reduce((total, reader) => total + count(reader), 0);
  return { delivered: sum((reader) => reader.delivered), gaps: sum((reader) => reader.gaps) };
}

const channel = fc.constantFrom(...channelNames);
const client = fc.nat({ max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('publish' as const), channel, size: fc.nat({ max: 30 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'turn' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('age' as const), ms: fc.nat({ max: 3_000 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom('connect' as const, 'stall', 'sip', 'drain'), client }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), client, lost: fc.nat({ max: 5 }) }) },
);
const steps = fc.array(step, { maxLength: 120, size: 'max' });
const end = fc.record({ do: fc.constant('end' as const), channel });
const amount = (max: number) => fc.oneof(fc.nat({ max }), fc.constant(Number.POSITIVE_INFINITY));
const log = fc.record({ count: amount(10), bytes: amount(300), age: amount(5_000) });
const limits = fc.record({ logs: fc.constantFrom(1, 100), logBytes: amount(2000) });

describe('log and connections in random runs', () => {
  it('give each client every message once and in order, or a gap', async () => {
    const total = { delivered: 0, gaps: 0 };
    await fc.assert(
      fc.asyncProperty(log, limits, steps, fc.array(end, { maxLength: 2 }), async (log, limits, sequence, ends) => {
        const { delivered, gaps } = await run(log, [...sequence, ...ends], limits);
        total.delivered += delivered;
        total.gaps += gaps;
      }),
      { numRuns: 400 },
    );
    // The runs delivered many messages and met many gaps.
    expect(total.delivered).toBeGreaterThan(1000);
    expect(total.gaps).toBeGreaterThan(100);
  });

  it('announce no gap when messages fill several batches', async () => {
    const everything = { count: Infinity, bytes: Infinity, age: Infinity };
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(40, 100_000, 1_000_000), async (sequence, highWaterMark) => {
        // A batch holds 65536 bytes: some messages fill one alone, and others a part of it.
        const large = sequence.map((one) => (one.do === 'publish' ? { ...one, size: one.size * 3000 } : one));
        expect((await run(everything, large, {}, highWaterMark)).gaps).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('announce no gap if the log keeps everything', async () => {
    const everything = { count: Infinity, bytes: Infinity, age: Infinity };
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        expect((await run(everything, sequence)).gaps).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
