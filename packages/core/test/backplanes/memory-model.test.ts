import fc from 'fast-check';
import type { Followed } from '../../src/backplanes/backplane';
import { DerivedEpochs } from '../../src/backplanes/derived-epochs';
import { MemoryBackplane } from '../../src/backplanes/memory';
import { defaultStateLimits } from '../../src/backplanes/state-limits';
import type { Position } from '../../src/log/cursor';
import type { Log } from '../../src/log/log';
import { createMessage } from '../../src/log/message';
import { FakeClock } from '../../src/testing';

// Random sequences of publishing, following, leaving and forgetting. A client notes its place in a
// channel and comes back later. Without a gap, it must get exactly what was published since.

const names = ['a', 'b', 'c', 'd', 'e'];

type Step =
  | { do: 'publish' | 'delete' | 'follow' | 'stop' | 'note' | 'resume'; name: string }
  | { do: 'wait'; minutes: number };

interface Noted {
  readonly position: Position;
  /** The number of messages that were published before. */
  readonly seen: number;
  /** True if the channel was deleted since, when it had messages. */
  isOfDeleted: boolean;
}

interface Limits {
  readonly logs: number;
  readonly logBytes: number;
  readonly buckets?: number;
}

/** @returns how often clients came back: to a gap in a quiet channel or another, or to all messages. */
function run({ buckets, ...limits }: Limits, steps: Step[]) {
  const clock = new FakeClock();
  const backplane = new MemoryBackplane(
    {
      clock,
      limits: { ...limits, runs: 10 },
      stateLimitsOf: () => defaultStateLimits,
      limitsOf: () => ({ count: 5, bytes: Infinity, age: 60_000 }),
      connectionsTo: () => 0,
      report: () => {},
    },
    new DerivedEpochs(Buffer.alloc(32, 7), buckets),
  );
  const published = new Map<string, string[]>(names.map((name) => [name, []]));
  const followed = new Map<string, Followed>();
  const noted = new Map<string, Noted>();
  const outcomes = { quiet: 0, loud: 0, complete: 0 };
  let count = 0;

  const listOf = (name: string) => published.get(name) as string[];
  /** Follows a channel as long as `see` runs, unless it is followed already. */
  const look = (name: string, see: (log: Log) => void) => {
    const present = followed.get(name);
    const { log } = present ?? backplane.follow(name, () => {});
    see(log);
    if (!present) backplane.follow(name, () => {}).stop();
  };

  for (const step of steps) {
    if (step.do === 'wait') clock.advance(step.minutes * 60_000);
    else if (step.do === 'publish') {
      const text = String(++count);
      backplane.append(step.name, createMessage(text));
      listOf(step.name).push(text);
      followed.get(step.name)?.log.evict(clock.now());
    } else if (step.do === 'delete') {
      const place = noted.get(step.name);
      look(step.name, ({ epoch, head }) => {
        if (place?.position.epoch === epoch && head > 0) place.isOfDeleted = true;
      });
      backplane.delete(step.name);
      clock.turn();
    } else if (step.do === 'follow' && !followed.has(step.name)) {
      followed.set(
        step.name,
        backplane.follow(step.name, () => {}),
      );
    } else if (step.do === 'stop') {
      followed.get(step.name)?.stop();
      followed.delete(step.name);
    } else if (step.do === 'note') {
      look(step.name, ({ epoch, head }) => {
        noted.set(step.name, { position: { epoch, offset: head }, seen: listOf(step.name).length, isOfDeleted: false });
      });
    } else if (step.do === 'resume') {
      const { position, seen, isOfDeleted } = noted.get(step.name) ?? {};
      if (position === undefined) continue;
      look(step.name, (log) => {
        const { gap, entries } = log.read(position);
        const list = listOf(step.name);
        if (gap !== undefined) outcomes[list.length === 0 ? 'quiet' : 'loud']++;
        else {
          outcomes.complete++;
          expect(isOfDeleted).toBe(false);
          expect(entries.map(({ message }) => message.body)).toEqual(list.slice(seen));
        }
      });
    }
  }
  return outcomes;
}

const name = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constantFrom('publish' as const, 'follow', 'stop', 'note', 'resume'), name }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.nat({ max: 15 }) }) },
);
const steps = fc.array(step, { maxLength: 100, size: 'max' });
const logs = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(Infinity));
const logBytes = fc.oneof(fc.nat({ max: 2000 }), fc.constant(Infinity));

describe('the memory backplane in random runs', () => {
  it('loses no message without a gap, even if all names share their generations', () => {
    const total = { loud: 0, complete: 0 };
    fc.assert(
      fc.property(logs, logBytes, fc.integer({ min: 1, max: 3 }), steps, (logs, logBytes, buckets, sequence) => {
        const gaps = run({ logs, logBytes, buckets }, sequence);
        total.loud += gaps.loud;
        total.complete += gaps.complete;
      }),
      { numRuns: 400 },
    );
    // The runs met gaps, and complete reads.
    expect(total.loud).toBeGreaterThan(100);
    expect(total.complete).toBeGreaterThan(100);
  });

  it('announces no gap in a channel that was never published to, unless it shares a generation', () => {
    fc.assert(
      fc.property(logs, logBytes, steps, (logs, logBytes, sequence) => {
        expect(run({ logs, logBytes }, sequence).quiet).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('announces no gap before anything is evicted or forgotten', () => {
    const few = steps.map((sequence) =>
      sequence.filter((each) => each.do !== 'wait' && each.do !== 'delete').slice(0, 5),
    );
    fc.assert(
      fc.property(few, (sequence) => {
        expect(run({ logs: Infinity, logBytes: Infinity }, sequence).loud).toBe(0);
      }),
    );
  });
});
