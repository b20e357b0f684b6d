import { fail } from '../../kit/history';
import { type Fault, losing } from '../redis/harm';
import { checkStays } from './check-members';
import { checkTrace, viewsOf } from './check-trace';
import { checkConditions, checkCopy, checkFresh } from './check-writes';
import type { Chronicle } from './chronicle';
import type { Copy } from './copy';
import type { Follower } from './follower';
import type { Members } from './members';
import type { Calm } from './quiet';
import type { Scenario } from './scenarios';
import { states } from './words';
import type { Writers } from './writers';

/** What has happened in trials. */
export interface Tally {
  readonly faults: Record<string, number>;
  readonly counts: Record<string, number>;
}

/** Everything that was seen in a trial. */
export interface Evidence {
  readonly scenario: Scenario;
  readonly chronicles: ReadonlyMap<string, Chronicle>;
  readonly writers: Writers;
  readonly members: Members;
  readonly followers: readonly Follower[];
  readonly copies: readonly Copy[];
  readonly faults: readonly Fault[];
  readonly lease: number;
  readonly calm: Calm;
}

/** Faults that begin a new life, at most one per state and fault. */
const renewing: readonly string[] = ['restart with data', 'master killed', ...losing];

/** @throws {Error} for what must not be. */
export function checkAll(evidence: Evidence, tally: Tally): void {
  const { chronicles, writers, members, followers, copies, faults, lease, calm } = evidence;
  const count = (what: string, by = 1) => {
    tally.counts[what] = (tally.counts[what] ?? 0) + by;
  };
  const most = (what: string, value: number) => {
    tally.counts[what] = Math.max(value, tally.counts[what] ?? Number.NEGATIVE_INFINITY);
  };
  for (const chronicle of chronicles.values()) {
    chronicle.nameDeletions();
    const views = viewsOf(chronicle);
    const mayEvict = chronicle.name === 'forgetful';
    const mayVanish = states[chronicle.name]?.age !== undefined;
    const rules = { mayEvict, mayVanish, last: lastEpoch(chronicle, followers) };
    for (const one of followers) {
      if (one.failure) throw new Error(`${one.name}: ${one.failure.message}`, { cause: one.failure });
      if (one.chronicle !== chronicle) continue;
      checkTrace(one.name, one.trace.steps, views, rules);
      count('connections of clients', one.connections);
      if (one.habits.isSlow) {
        count('messages in the lives that slow clients were in', messagesIn(one, chronicle));
        count('messages that they got', one.trace.steps.filter((step) => step.kind === 'value' && step.place).length);
      }
      for (const { kind } of one.trace.steps) if (kind !== 'connected') count(`${kind}, as clients saw it`);
    }
    for (const { name, chronicle: its, changes, failure, moves } of copies) {
      if (failure) throw new Error(`${name}: ${failure.message}`, { cause: failure });
      if (its !== chronicle) continue;
      if (chronicle.kind === 'state') checkCopy(name, chronicle, changes);
      count('changes of copies', changes.length);
      count('moves of copies', moves);
    }
    if (chronicle.kind === 'state') checkConditions(chronicle, views);
    expectFewLives(chronicle, evidence);
    for (const { outcome, call, code } of chronicle.writes.values())
      count(`${call.what} ${outcome}${code === 'value-moved' ? ', since the value had moved' : ''}`);
  }
  for (const read of writers.reads) checkFresh(read, faults);
  count('reads', writers.reads.length);
  for (const follower of followers) {
    const { chronicle, habits } = follower;
    if (chronicle.kind === 'members' && !habits.isSlow)
      count('leaves of members that another had', checkStays(follower, chronicle.name, members.holds, faults, lease));
  }
  count('times in which a member was here', members.holds.length);
  if (calm.ghosts !== undefined) {
    count('nodes that were killed at the end');
    most('the latest ghost after a lease, in ms', calm.ghosts);
  }
  most('the longest time until all agreed, in ms', calm.settled);
  for (const { kind } of faults) tally.faults[kind] = (tally.faults[kind] ?? 0) + 1;
}

/** The messages that a client could have got. */
function messagesIn({ trace }: Follower, { epochs }: Chronicle): number {
  const places = trace.steps.flatMap((step) => ('place' in step && step.place) || []);
  return [...new Set(places.map(({ epoch }) => epoch))].reduce((sum, epoch) => {
    const [first = 0, ...others] = places.filter((place) => place.epoch === epoch).map(({ offset }) => offset);
    const last = others.at(-1) ?? first;
    return sum + [...(epochs.get(epoch)?.keys() ?? [])].filter((offset) => offset > first && offset <= last).length;
  }, 0);
}

/** The epoch in which a client is at the end. */
function lastEpoch(chronicle: Chronicle, followers: readonly Follower[]): string | undefined {
  const [cursor] = followers
    .filter((one) => one.chronicle === chronicle && !one.isStopped)
    .flatMap(({ trace }) => trace.cursor ?? []);
  return cursor?.split('.')[0];
}

/** A new life excuses a gap, so there are none but those that something explains. */
function expectFewLives(chronicle: Chronicle, { scenario, faults }: Evidence): void {
  const clears = [...chronicle.writes.values()].filter(({ call }) => call.what === 'clear').length;
  const kinds = scenario.durable ? losing : renewing;
  const renewals = faults.filter(({ kind }) => kinds.includes(kind as never)).length;
  const lives = chronicle.epochs.size;
  if (lives > 1 + clears + renewals)
    fail(`${chronicle.name} had ${lives} lives, with ${clears} clears and ${renewals} faults that begin one`);
}
