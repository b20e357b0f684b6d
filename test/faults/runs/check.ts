import { fail } from '../../kit/history';
import type { Attempt } from './attempt';
import { type Fault, type FaultKind, fatal, renewals, wipes } from './faults';
import type { RunNode } from './node-process';
import type { RunReader } from './reader';

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
}

/** Milliseconds after a lease in which its end must be known. */
const found = 1000;

/** Milliseconds that this machine may add to anything, since it has few cores for many processes. */
const slack = 1500;

/** Milliseconds that a run may take to end after a stop, where nothing fails. */
const stopTime = 2500;

/**
 * Proves what is guaranteed of a run from everything that was seen of it.
 *
 * @returns the ms from the death of its producer to its end, if that could be measured.
 * @throws {Error} for a violation.
 */
export function check(attempt: Attempt, { faults, productions }: Evidence): number | undefined {
  const { key, plan, stopping, begunAt } = attempt;
  const end = attempt.overAt || Date.now();
  const between = (from: number, to: number, kinds: readonly FaultKind[]) =>
    faults.filter((fault) => kinds.includes(fault.kind) && fault.from <= to && fault.to + found >= from);
  const say = (what: string): never => {
    if (process.env.SHOW) console.error(story(attempt, faults, productions));
    return fail(`${key} (${stopping}, ${JSON.stringify(plan)}): ${what}`);
  };
  const own = [...productions.values()].filter((production) => production.key === key);
  const isWiped = between(begunAt, end, wipes).length > 0;
  const mayBeLost = between(begunAt - plan.lease, end, fatal).length > 0;

  if (own.length > 1 && !isWiped) say(`${own.length} producers`);
  for (const reader of attempt.readers) checkReader(reader, attempt, isWiped, say);
  for (const { value } of attempt.repeats)
    if (value.started && !isWiped) say('a repeated request has started it again');

  const outcomes = new Set<string>();
  for (const { value } of attempt.states) {
    if (value.status === 'running') say('it is running after its end');
    else if (value.status !== 'none') outcomes.add(value.status);
    else if (!isWiped) say('it is forgotten');
  }
  for (const { ended, seen } of attempt.readers) {
    const isOvertaken = seen.some((item) => !('id' in item) || item.data.key !== key);
    if (ended === 'run-lost' && !isOvertaken) outcomes.add('lost');
    if (ended === 'run-failed' && !isOvertaken) outcomes.add('failed');
  }
  for (const { status } of own) {
    // A producer that could not ask in time does not know how it has ended, once another has begun.
    if (status && !(status === 'lost' && mayBeLost)) outcomes.add(status);
  }
  if (outcomes.size > 1 && !isWiped) say(`several outcomes: ${[...outcomes]}`);
  const [outcome] = isWiped ? attempt.states.map(({ value }) => value.status) : outcomes;

  if (outcomes.has('lost') && !mayBeLost) say('it is lost, and nothing explains that');
  if (outcomes.has('failed') && plan.ending !== 'throw') say('it has failed, and was not to');
  if (outcomes.has('stopped') && stopping === 'never' && !isWiped) say('it is stopped, and nobody has stopped it');
  if (outcome === 'completed' && stopping !== 'never' && attempt.stops.some(({ value }) => value))
    say('its stop is lost');

  for (const { begunAt, finishedAt } of own) {
    const restarts = between(begunAt, end, renewals).filter((one) => one.from > begunAt);
    const wasUnderWay = restarts.some(({ to }) => (finishedAt ?? 0) > to);
    if (wasUnderWay && !isWiped && outcome && outcome !== 'lost') say(`it is ${outcome} after a restart of Redis`);
  }
  checkStopTime(attempt, faults, say);
  return lossTime(attempt, own, faults, say);
}

/** Nothing is missing, twice or in disorder, and nothing comes after the end. */
function checkReader(reader: RunReader, attempt: Attempt, isWiped: boolean, say: (what: string) => never): void {
  const { key } = attempt;
  const { ended, seen } = reader;
  // A reader without a cursor finds the run that has taken the place of this one.
  const isOfNext = attempt.stopping === 'replaced' && seen[0] && 'id' in seen[0] && seen[0].data.key !== key;
  if (ended === undefined) say(`${reader.name} waits for ever after ${seen.length} messages`);
  let [epoch, offset, production, isOvertaken] = ['', 0, '', false];
  let isWhole = false;
  for (const item of seen) {
    if ('gap' in item) {
      [epoch, offset, production] = ['', 0, ''];
      isOvertaken = true;
      continue;
    }
    const [itsEpoch = '', itsOffset] = item.id.split('.');
    const { data } = item;
    if (epoch !== '' && itsEpoch !== epoch) say(`${reader.name} has changed the run without a gap`);
    if (Number(itsOffset) !== offset + 1) say(`${reader.name} has ${item.id} after the offset ${offset}`);
    if (data.n !== offset + 1) say(`${reader.name} has message ${data.n} at ${item.id}`);
    if (production !== '' && data.production !== production) say(`${reader.name} has messages of two producers`);
    if (data.key !== key && !isOvertaken && !isOfNext) say(`${reader.name} has messages of ${data.key}`);
    [epoch, offset, production] = [itsEpoch, offset + 1, data.production];
    isWhole = data.isLast;
  }
  if (isOvertaken && !isWiped && attempt.stopping !== 'replaced') say(`${reader.name} has got a gap`);
  if (ended === 'run-unknown' && !isWiped) say(`${reader.name} was told that there is no run`);
  const [state] = attempt.states;
  const known = state?.value.head?.split('.');
  if (known === undefined || isOvertaken || (epoch !== '' && known[0] !== epoch)) return;
  if (offset !== Number(known[1]) && !isWiped) say(`${reader.name} has ${offset} of ${known[1]} messages`);
  if (state?.value.status === 'completed' && !isWhole) say(`${reader.name} has no last message`);
}

/** A run ends soon after a stop, where nothing fails meanwhile. */
function checkStopTime(attempt: Attempt, faults: readonly Fault[], say: (what: string) => never): void {
  const [first] = attempt.stops.filter(({ value }) => value);
  if (first === undefined || attempt.readers.length === 0) return;
  const from = Math.max(first.at, ...attempt.starts.slice(0, 1).map(({ at }) => at));
  const to = Math.max(...attempt.readers.map(({ endedAt }) => endedAt));
  const isDisturbed = faults.some((fault) => fault.from <= to && fault.to + 3 * stopTime >= attempt.begunAt);
  if (!isDisturbed && to - from > stopTime + slack) say(`it has ended ${to - from} ms after its stop`);
}

/** The ms from the death of a producer to the end of its run, where nothing else fails. */
function lossTime(
  { plan, readers }: Attempt,
  [production, another]: readonly Production[],
  faults: readonly Fault[],
  say: (what: string) => never,
): number | undefined {
  if (production === undefined || another || readers.some(({ ended }) => ended !== 'run-lost')) return undefined;
  const { node, begunAt, finishedAt } = production;
  const to = Math.max(...readers.map(({ endedAt }) => endedAt));
  const during = faults.filter((fault) => fault.from <= to && fault.to + found >= begunAt);
  const [death] = during.filter((fault) => fault.kind === 'node killed' && fault.node === node);
  if (death === undefined || during.length > 1 || finishedAt || death.from < begunAt) return undefined;
  const took = to - death.from;
  if (took > plan.lease + found + slack) say(`it was lost ${took} ms after the death of its producer`);
  return took - plan.lease;
}

/** Everything about a run, in the order of time. */
export function story(
  { key, begunAt, starts, stops, states, repeats, readers }: Attempt,
  faults: readonly Fault[],
  productions: ReadonlyMap<string, Production>,
): string {
  const lines: [number, string][] = [];
  for (const { kind, from, to, node } of faults)
    lines.push([from, `${kind} ${node?.name ?? ''}`], [to, `end of ${kind} ${node?.name ?? ''}`]);
  for (const [what, replies] of Object.entries({ starts, stops, states, repeats })) {
    for (const { node, askedAt, at, value } of replies)
      lines.push(
        [askedAt, `${node.name} is asked: ${what}`],
        [at, `${node.name} replies to ${what}: ${JSON.stringify(value)}`],
      );
  }
  for (const [id, one] of productions) {
    if (one.key !== key) continue;
    lines.push([one.begunAt, `${one.node.name} begins to produce ${id}`]);
    if (one.finishedAt)
      lines.push([one.finishedAt, `${one.node.name} has finished ${id} after ${one.generated} with ${one.status}`]);
  }
  for (const { name, ended, endedAt, seen, last } of readers)
    lines.push([endedAt, `${name} ends with ${ended} after ${seen.length} on ${last?.name}`]);
  return lines
    .sort(([a], [b]) => a - b)
    .map(([at, what]) => `${at - begunAt} ${what}`)
    .join('\n');
}
