import type { Create } from '../src/protocol/command';
import { Counts, goneOf } from '../src/protocol/counts';
import { StreamState } from '../src/protocol/stream-state';

const minute = 60_000;
const year = 365 * 24 * 60 * minute;

const stateOf = (more: Partial<Create>) =>
  new StreamState({ kind: 'create', at: 1e12, type: 'text/plain', ...more }, { epoch: 'e', offset: 1 });

it('streams without an end are counted until they are deleted', () => {
  const counts = new Counts();
  counts.add({ gone: goneOf(stateOf({})), streams: 1, bytes: 5 });
  counts.forgetGone(Number.MAX_SAFE_INTEGER);
  expect(counts.total).toEqual({ streams: 1, bytes: 5 });
  counts.add({ gone: 0, streams: -1, bytes: -5 });
  expect([counts.total, counts.isEmpty]).toEqual([{ streams: 0, bytes: 0 }, true]);
});

it.each([1, 60, 3600, 86_400, 31_536_000_000])('a stream with a TTL of %i s counts until it is surely gone', (ttl) => {
  const state = stateOf({ ttl });
  const gone = goneOf(state);
  expect(gone).toBeGreaterThanOrEqual(state.expires + 15 * minute);
  expect(gone).toBeLessThanOrEqual(state.expires + 15 * minute + Math.max(minute, ttl * 1000) / 8 + minute);
  const counts = new Counts();
  counts.add({ gone, streams: 1, bytes: 5 });
  counts.forgetGone(gone - 1);
  expect(counts.total.streams).toBe(1);
  counts.forgetGone(gone);
  expect(counts.isEmpty).toBe(true);
});

it('there are few times, whatever clients choose', () => {
  const times = new Set<number>();
  for (let ms = 1; ms < 1000 * year; ms = Math.ceil(ms * 1.0005)) {
    times.add(goneOf(stateOf({ expiresAt: new Date(1e12 + ms).toISOString() })));
  }
  expect(times.size).toBeLessThan(1000);
});

it('counts are the same after they were a text', () => {
  const counts = new Counts();
  counts.add({ gone: 0, streams: 2, bytes: 7 });
  counts.add({ gone: 60_000, streams: 1, bytes: 1 });
  expect(Counts.from(counts.toText())).toEqual(counts);
  expect(Counts.from(counts.toText()).total).toEqual({ streams: 3, bytes: 8 });
});
