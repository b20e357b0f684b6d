import fc from 'fast-check';
import { connectState } from '../../src/state';
import { FakeClock } from '../kit/fake-clock';
import { nextTurn, url } from '../kit/manual';
import { type Fate, StateServer } from '../kit/state-server';

// Any changes of a state, any cuts, gaps and transports: a client shows what the server has told it
// and never a part of a snapshot, its listeners hear of exactly what differs, and in the end it has
// what the server has.

type Step =
  | { do: 'set'; key: string; value: unknown }
  | { do: 'delete'; key: string }
  | { do: 'clear' | 'evict' | 'overrun' | 'cut' }
  | { do: 'deliver'; count: number };

const key = fc.constantFrom('a', 'b', 'c', 'd');
const value = fc.oneof(fc.nat(2), fc.constant(null), fc.record({ n: fc.nat(1) }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), key, value }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('clear', 'evict', 'overrun', 'cut', 'cut') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 6 }) }) },
);
const fate: fc.Arbitrary<Fate> = fc.record({ by: fc.constantFrom('stream', 'poll'), dropsCursor: fc.boolean() });

async function run(fates: readonly Fate[], steps: readonly Step[]): Promise<void> {
  const server = new StateServer();
  const clock = new FakeClock();
  server.fates.push(...fates);
  server.set('a', { n: 0 });
  const state = connectState(url, { transports: [server.transport], clock, random: () => 0.5, memory: new Map() });
  /** What a listener knows that is told of changes alone. */
  const mirror = new Map<string, unknown>();
  let batches = 0;
  state.onChange((keys) => {
    batches++;
    for (const changed of keys) {
      const now = state.get(changed);
      if (JSON.stringify(now) === JSON.stringify(mirror.get(changed))) throw new Error(`${changed} has not changed`);
      if (now === undefined) mirror.delete(changed);
      else mirror.set(changed, now);
    }
  });
  await nextTurn();

  let before = state.snapshot();
  let copyBefore = new Map(before);
  let batchesBefore = 0;
  const settle = async () => {
    await nextTurn();
    const now = state.snapshot();
    expect([state.ready, Object.fromEntries(now)]).toEqual([server.isWhole, Object.fromEntries(server.expected)]);
    expect(mirror).toEqual(now);
    expect([...state]).toEqual([...now]);
    // What comes together is told once.
    expect(batches - batchesBefore).toBeLessThanOrEqual(1);
    if (batches === batchesBefore) expect(now).toBe(before);
    expect(before).toEqual(copyBefore);
    for (const [each, was] of before) {
      if (JSON.stringify(was) === JSON.stringify(now.get(each))) expect(now.get(each)).toBe(was);
    }
    before = now;
    copyBefore = new Map(now);
    batchesBefore = batches;
  };
  await settle();
  for (const next of steps) {
    if (next.do === 'set') server.set(next.key, next.value);
    else if (next.do === 'deliver') server.deliver(next.count);
    else if (next.do === 'delete') server.delete(next.key);
    else server[next.do]();
    if (next.do === 'cut') clock.advance(60_000);
    await settle();
  }
  server.fates.length = 0;
  server.deliver(1000);
  await settle();
  expect(state.ready).toBe(true);
  expect(Object.fromEntries(state)).toEqual(Object.fromEntries(server.values));
  state.close();
  expect(clock.pending).toBe(0);
}

it('has what the server has told, whatever happens', async () => {
  const anything = fc.asyncProperty(fc.array(fate, { maxLength: 8 }), fc.array(step, { maxLength: 40 }), run);
  await fc.assert(anything, { numRuns: 300 });
});
