import { fail } from '../../kit/history';
import { ending, type Fault, type FaultKind, losing } from '../redis/harm';
import type { Attempt } from './attempt';
import { checkReader } from './check-reader';
import { checkStopTime, found, lossTime, mayHaveEnded } from './check-times';
import type { RunNode } from './node-process';
import { story } from './story';

/** What a producer has told of itself. */
export interface Production {
  readonly key: string;
  readonly node: RunNode;
  readonly life: number;
  readonly begunAt: number;
  finishedAt?: number;
  generated?: number;
  status?: string;
}

/** Everything that the check of a run may know. */
export interface Evidence {
  readonly faults: readonly Fault[];
  readonly productions: ReadonlyMap<string, Production>;
  /** The message that each id names, of all runs. The check adds those of its own. */
  readonly messages: Map<string, string>;
  /** True when Redis keeps everything that it acknowledges, and the backplane is told so. */
  readonly durable: boolean;
}

/** What the checks of one run share. */
export interface Case {
  readonly attempt: Attempt;
  /** Its producers. */
  readonly own: readonly Production[];
  readonly evidence: Evidence;
  /** The codes with which it may fail. */
  readonly codes: readonly string[];
  /** True if Redis may have forgotten some of it or everything. */
  readonly isForgotten: boolean;
  say(what: string): never;
}

/**
 * Proves what is guaranteed of a run from everything that was seen of it.
 *
 * @returns the ms from the death of its producer to its end, if that could be measured.
 * @throws {Error} for a violation.
 */
export function check(attempt: Attempt, evidence: Evidence): number | undefined {
  const { key, plan, stopping, begunAt } = attempt;
  const { faults, productions } = evidence;
  const end = attempt.overAt || Date.now();
  const during = (kinds: readonly FaultKind[]) =>
    faults.filter(({ kind, from, to }) => kinds.includes(kind) && from <= end && to + found >= begunAt);
  const say = (what: string): never => {
    if (process.env.SHOW) console.error(story(attempt, faults, productions));
    return fail(`${key} (${stopping}, ${JSON.stringify(plan)}): ${what}`);
  };
  const own = [...productions.values()].filter((production) => production.key === key);
  const losses = during(losing).length;
  const isForgotten = losses > 0;
  const codes = [
    ...(plan.ending === 'throw' ? ['run-failed'] : []),
    ...(during(['node shut down']).length > 0 ? ['draining'] : []),
  ];
  const one: Case = { attempt, own, evidence, codes, isForgotten, say };

  const isParted = during(['split brain', 'two masters']).length > 0;
  // A start that is repeated is another one where Redis has lost the first.
  if (own.length > 1 + losses) say(`${own.length} producers, and ${losses} faults that may lose one`);
  for (const reader of attempt.readers) checkReader(reader, one);
  if (!isForgotten && attempt.repeats.some(({ value }) => value.started))
    say('a repeated request has started it again');
  for (const { value } of attempt.states) {
    if (value.status === 'running' && !isParted) say('it is running after its end');
    if (value.status === 'none' && !isForgotten) say('it is forgotten');
  }
  const heads = new Set(attempt.states.flatMap(({ value }) => (value.key === key ? [value.head] : [])));
  if (heads.size > 1 && !isForgotten) say(`it has changed after its end: ${[...heads]}`);
  checkOutcome(one, end);
  checkRestarts(one);
  checkStopTime(one);
  return lossTime(one);
}

function checkOutcome(one: Case, end: number): void {
  const { attempt, own, codes, isForgotten, say } = one;
  const { key, plan, states, stopping } = attempt;
  const mayBeLost = mayHaveEnded(one, end);
  const outcomes = new Set<string>();
  for (const { value } of states) {
    if (value.status === 'none') continue;
    if (value.key !== key && !isForgotten) say(`in its place is ${value.key}`);
    if (value.key !== key) continue;
    outcomes.add(value.status);
    if (value.status === 'failed' && !codes.includes(value.code as string)) say(`it has failed with ${value.code}`);
    const isMeant = value.reason === `enough of ${key}` || (stopping === 'replaced' && value.reason === 'replaced');
    if (value.status === 'stopped' && !isMeant) say(`it was stopped for ${value.reason}`);
    const [, head] = value.head?.split('.') ?? [];
    if (value.status === 'completed' && Number(head) !== plan.total) say(`it is complete with ${head} messages`);
  }
  for (const { ended, seen } of attempt.readers) {
    const isOvertaken = seen.some((item) => !('id' in item) || item.data.key !== key);
    // A reader that has got nothing may have found the run that has taken the place of this one.
    if (isOvertaken || (stopping === 'replaced' && seen.length === 0)) continue;
    if (ended !== undefined && ended !== 'clean' && ended !== 'unknown') outcomes.add(ended);
  }
  for (const { status } of own) {
    // A producer that could not ask in time does not know how it has ended, once another has begun.
    if (status && !(status === 'lost' && mayBeLost)) outcomes.add(status);
  }
  if (outcomes.size > 1 && !isForgotten) say(`several outcomes: ${[...outcomes]}`);
  if (outcomes.has('lost') && !mayBeLost) say('it is lost, and nothing explains that');
  if (outcomes.has('failed') && codes.length === 0) say('it has failed, and was not to');
  if (outcomes.has('stopped') && stopping === 'never' && !isForgotten) say('it is stopped, and nobody has stopped it');
  if (outcomes.has('completed') && stopping !== 'never' && attempt.stops.some(({ value }) => value))
    say('its stop is lost');
}

/** A producer that was under way while Redis has lost something, or was replaced, has lost its run. */
function checkRestarts({ own, evidence, say }: Case): void {
  const kinds = evidence.durable ? losing : ending;
  for (const { begunAt, finishedAt, status } of own) {
    if (finishedAt === undefined || status === undefined || status === 'lost') continue;
    const survived = evidence.faults.find(
      ({ kind, from, to }) => kinds.includes(kind) && begunAt < from && finishedAt > to,
    );
    if (survived) say(`it is ${status} after the fault: ${survived.kind}`);
  }
}
