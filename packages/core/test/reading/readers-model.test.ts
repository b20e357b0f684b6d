import fc from 'fast-check';
import { createHub } from '../../src/hub/hub';
import type { ReadItem } from '../../src/reading/channel-message';
import type { ReadOptions } from '../../src/reading/read-options';
import { FakeClock } from '../../src/testing';

// Publishes, evicts, ends and reads at random speeds. Each reader must get every message once and in
// order, or a gap in the place of exactly those that it does not get.

type Step =
  | { do: 'publish'; size: number }
  | { do: 'turn' }
  | { do: 'age'; ms: number }
  | { do: 'take'; reader: number; count: number }
  | { do: 'leave'; reader: number };

const microtasks = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A loop that takes as many items as it is told, and checks that they are the next ones. */
class Loop {
  #items: AsyncIterator<ReadItem, undefined> | undefined;
  #isWaiting = false;
  /** The number of the last message that it has had, or knows to be lost. */
  #last = 0;
  #isAtStart = true;
  #left = 0;
  delivered = 0;
  missed = 0;
  hasEnded = false;

  constructor(
    readonly read: (options: ReadOptions) => AsyncIterable<ReadItem, undefined>,
    readonly from: 'now' | 'oldest' | { last: number },
    readonly published: () => number,
  ) {}

  take(count: number): void {
    this.#left += count;
    this.#pull();
  }

  #pull(): void {
    if (this.#left === 0 || this.#isWaiting || this.hasEnded) return;
    if (this.#items === undefined) {
      this.#items = this.read({ from: this.from })[Symbol.asyncIterator]();
      this.#isAtStart = this.from !== 'now';
      if (this.from === 'now') this.#last = this.published();
    }
    this.#left--;
    this.#isWaiting = true;
    const items = this.#items;
    items.next().then(({ done, value }) => {
      if (items !== this.#items) return;
      this.#isWaiting = false;
      if (done) this.hasEnded = true;
      else this.#check(value);
      this.#pull();
    });
  }

  #check({ gap, data }: ReadItem): void {
    if (gap) {
      if (gap.reason !== 'evicted' || !gap.missed) throw new Error(`a gap of ${gap.missed}, ${gap.reason}`);
      this.#last += gap.missed;
      this.missed += gap.missed;
      return;
    }
    const number = Number((data as string).split(' ')[0]);
    if (this.#isAtStart) this.#last = number - 1;
    this.#isAtStart = false;
    if (number !== this.#last + 1) throw new Error(`${number} came after ${this.#last}`);
    this.#last = number;
    this.delivered++;
  }

  /** Leaves the loop. The next one starts anew. */
  leave(): void {
    this.#items?.return?.();
    this.#items = undefined;
    this.#isWaiting = false;
    this.#left = 0;
  }

  expectComplete(): void {
    const isBehind = !this.#isAtStart && this.#last !== this.published();
    if (!this.hasEnded || isBehind) throw new Error(`${this.#last} of ${this.published()} messages have come`);
  }
}

async function run(log: { count: number; bytes: number; age: number }, steps: Step[]) {
  const clock = new FakeClock();
  const hub = createHub({ clock, log });
  const channel = hub.channel('a');
  let published = 0;
  const loops = (['now', 'oldest', { last: 2 }, 'oldest'] as const).map(
    (from) =>
      new Loop(
        (options) => channel.read(options),
        from,
        () => published,
      ),
  );
  for (const step of steps) {
    if (step.do === 'publish') await channel.publish(`${++published} ${'x'.repeat(step.size)}`);
    else if (step.do === 'turn') clock.turn();
    else if (step.do === 'age') clock.advance(step.ms);
    else if (step.do === 'take') loops[step.reader]?.take(step.count);
    else loops[step.reader]?.leave();
    await microtasks();
  }
  await channel.end();
  clock.turn();
  for (const loop of loops) {
    loop.take(Number.POSITIVE_INFINITY);
    await microtasks();
    loop.expectComplete();
  }
  if (hub.stats().channels !== 0) throw new Error('A channel is followed that nobody reads');
  const sum = (count: (loop: Loop) => number) => loops.reduce((total, loop) => total + count(loop), 0);
  return { delivered: sum(({ delivered }) => delivered), missed: sum(({ missed }) => missed) };
}

const reader = fc.nat({ max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('publish' as const), size: fc.nat({ max: 30 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'turn' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('age' as const), ms: fc.nat({ max: 3_000 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('take' as const), reader, count: fc.nat({ max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), reader }) },
);
const steps = (size: fc.SizeForArbitrary) => fc.array(step, { maxLength: 100, size });
const amount = (max: number) => fc.oneof(fc.nat({ max }), fc.constant(Number.POSITIVE_INFINITY));
const log = fc.record({ count: amount(10), bytes: amount(300), age: amount(5_000) });

describe('readers in random runs', () => {
  it('get each message once and in order, or are told how many they miss', async () => {
    const total = { delivered: 0, missed: 0 };
    await fc.assert(
      fc.asyncProperty(log, steps('max'), async (limits, sequence) => {
        const { delivered, missed } = await run(limits, sequence);
        total.delivered += delivered;
        total.missed += missed;
      }),
      { numRuns: 300 },
    );
    // The runs delivered many messages and missed many.
    expect(total.delivered).toBeGreaterThan(1000);
    expect(total.missed).toBeGreaterThan(100);
  });

  it('miss nothing if the log keeps everything, also where messages fill several slices', async () => {
    const everything = { count: Infinity, bytes: Infinity, age: Infinity };
    await fc.assert(
      fc.asyncProperty(steps('max'), fc.constantFrom(1, 3000), async (sequence, factor) => {
        const larger = sequence.map((one) => (one.do === 'publish' ? { ...one, size: one.size * factor } : one));
        expect((await run(everything, larger)).missed).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
