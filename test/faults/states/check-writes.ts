import { fail } from '../../kit/history';
import { type Fault, losing } from '../redis/harm';
import type { EpochView } from './check-trace';
import { type Chronicle, numberOf, placeOf, type Write } from './chronicle';
import { states, type Value } from './words';
import type { Read } from './writers';

/** Milliseconds by which a value may vanish before its age, by the clock of this process. */
const ageSlack = 50;

/** The key that a write changes. */
const keyOf = ({ call }: Write) => ('key' in call ? call.key : undefined);

/**
 * True for a value that waited for its time until it was deleted. The deletion of a key without a
 * value writes nothing, and both get the id of the newest message.
 */
function isDeletedAtOnce({ writes }: Chronicle, write: Write): boolean {
  const later = [...writes.values()].filter(({ n, id }) => n > write.n && id === write.id);
  return later.some((other) => other.call.what === 'delete' && keyOf(other) === keyOf(write));
}

/**
 * Of those who wrote over the same value, one has won; patches have changed what was there.
 *
 * @throws {Error} for a violation.
 */
export function checkConditions(chronicle: Chronicle, views: ReadonlyMap<string, EpochView>): void {
  const winners = new Map<string, Write>();
  for (const write of chronicle.writes.values()) {
    const { call, outcome, n } = write;
    if (call.what !== 'set' || typeof call.ifId !== 'string') continue;
    if (outcome !== 'acknowledged' && chronicle.noteBy(n) === undefined) continue;
    const name = `${call.key} ${call.ifId}`;
    const other = winners.get(name);
    if (other) fail(`${chronicle.name}: ${other.n} and ${n} have both written over ${name}`);
    winners.set(name, write);
  }
  for (const write of chronicle.writes.values()) {
    const place = placeOf(write.id ?? '');
    const entry = place && views.get(place.epoch)?.entries.get(place.offset);
    if (entry && write.call.what === 'set' && entry.key !== write.call.key && !isDeletedAtOnce(chronicle, write))
      fail(`${chronicle.name}: ${write.n} has got the id ${write.id}, which is that of ${entry.key} ${entry.note}`);
  }
  for (const [epoch, view] of views) {
    for (const timeline of view.timelines.values()) {
      for (const [i, entry] of timeline.entries()) {
        const before = timeline[i - 1];
        if (before === undefined || entry.note === undefined) continue;
        const write = chronicle.writes.get(numberOf(entry.note) as number);
        if (write === undefined || !view.knowsBetween(before.offset, entry.offset)) continue;
        const say = (what: string) => {
          const all = timeline.slice(Math.max(0, i - 3), i + 1).map((one) => `\n${JSON.stringify(one)}`);
          return fail(
            `${chronicle.name}: ${entry.note} at ${epoch}.${entry.offset} ${what}, after ${before.note}${all}`,
          );
        };
        checkBase(
          write,
          togetherWith(chronicle, write),
          { epoch, offset: before.offset, note: before.note },
          entry.note,
          say,
        );
      }
    }
  }
}

/** What a process has written as one, in the order of its calls. */
const togetherWith = ({ writes }: Chronicle, write: Write): readonly Write[] =>
  [...writes.values()].filter((one) => one.id !== undefined && one.id === write.id && keyOf(one) === keyOf(write));

function checkBase(
  write: Write,
  together: readonly Write[],
  before: { readonly epoch: string; readonly offset: number; readonly note: string | undefined },
  note: string,
  say: (what: string) => never,
): void {
  const { call } = write;
  // What is too old counts as gone before it is deleted.
  const isAging = states[call.state]?.age !== undefined;
  if (call.what === 'set' && !isAging && call.ifId === null && before.note !== undefined)
    say('was to have no value before it');
  if (call.what === 'set' && typeof call.ifId === 'string') {
    const place = placeOf(call.ifId);
    if (place?.epoch === before.epoch && place.offset !== before.offset) say(`was to write over ${call.ifId}`);
  }
  // A patch that nobody has confirmed may be one with others.
  if (call.what !== 'patch' || isAging || call.state === 'paced' || write.id === undefined) return;
  const base = before.note === undefined ? {} : (JSON.parse(before.note) as Value);
  let merged: object = base;
  for (const { call: one } of together) {
    if (one.what === 'patch') merged = Object.assign({}, merged, one.value);
    else merged = one.what === 'set' ? one.value : {};
  }
  const wanted = Object.entries(merged).filter(([, value]) => value !== null);
  const is = Object.entries(JSON.parse(note));
  if (JSON.stringify(wanted.sort()) !== JSON.stringify(is.sort())) say(`is no patch by ${JSON.stringify(call.value)}`);
}

/**
 * What is read is not older than what was acknowledged before, unless Redis has lost that.
 *
 * @throws {Error} for a violation.
 */
export function checkFresh({ chronicle, key, note, from, to }: Read, faults: readonly Fault[]): void {
  const age = states[chronicle.name]?.age ?? Number.POSITIVE_INFINITY;
  const writes = [...chronicle.writes.values()];
  const found = note === undefined ? undefined : chronicle.writes.get(numberOf(note) as number);
  for (const write of writes) {
    const { call, outcome, begunAt, settledAt } = write;
    const isOver = outcome === 'acknowledged' && settledAt < from && (keyOf(write) === key || call.what === 'clear');
    if (!isOver) continue;
    const isLost = faults.some(
      ({ kind, from: since, to: till }) => losing.includes(kind) && till >= begunAt && since <= to,
    );
    if (isLost) continue;
    const later = (one: Write) => one.settledAt >= begunAt && one.begunAt <= to && one.outcome !== 'rejected';
    const isExplained = found
      ? later(found)
      : call.what === 'delete' ||
        call.what === 'clear' ||
        to - begunAt >= age - ageSlack ||
        writes.some(
          (one) => later(one) && (one.call.what === 'clear' || (one.call.what === 'delete' && keyOf(one) === key)),
        );
    if (!isExplained)
      fail(`${chronicle.name}: ${key} is ${note}, though ${write.n} (${call.what}) was acknowledged before`);
  }
}

/** @throws {Error} for a copy whose values go back within one life. */
export function checkCopy(
  name: string,
  chronicle: Chronicle,
  changes: readonly { key: string; note: string | undefined; place: { epoch: string } | undefined }[],
): void {
  const newest = new Map<string, number>();
  for (const { key, note, place } of changes) {
    const offset = note === undefined ? undefined : chronicle.offsetOf(note);
    if (offset === undefined || place === undefined) continue;
    const of = `${place.epoch} ${key}`;
    const before = newest.get(of) ?? 0;
    if (offset <= before) fail(`${name}: ${key} went from the offset ${before} back to ${offset}`);
    newest.set(of, offset);
  }
}
