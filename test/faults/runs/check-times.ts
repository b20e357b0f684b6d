import type { FaultyNode } from '../redis/faulty-node';
import { delaying, type Fault, fatal } from '../redis/harm';
import type { Case } from './check';

/** Milliseconds after a lease in which its end must be known. */
export const found = 1000;

/** Milliseconds that this machine may add to anything, since it has few cores for many processes. */
const slack = 1500;

/** Milliseconds that a run may take to end after a stop, where nothing fails. */
const stopTime = 2500;

/** Milliseconds until a node notices that it hears nothing: three times its longest timeout. */
const deafness = 7500;

/** Milliseconds that may pass after a fault until a node writes again. */
const recovery = 500;

/** A lease is renewed three times while it lasts, so that this share of it is left at the least. */
const left = 2 / 3;

/** True if a fault may have ended the run, or faults have kept its producer from writing. */
export function mayHaveEnded({ attempt, own, evidence }: Case, end: number): boolean {
  const { begunAt, plan, starts } = attempt;
  const nodes: FaultyNode[] = [
    ...own.map(({ node }) => node),
    ...starts.flatMap(({ node, value }) => (value.started ? [node] : [])),
  ];
  const relevant = evidence.faults.filter(({ from, to }) => from <= end && to + found >= begunAt - plan.lease);
  const isDelay = ({ kind, node }: Fault) =>
    (delaying.includes(kind) || (evidence.durable && kind === 'restart with data')) &&
    (node === undefined || nodes.length === 0 || nodes.includes(node));
  const isFatal = ({ kind }: Fault) => fatal.includes(kind) && !(evidence.durable && kind === 'restart with data');
  if (relevant.some(isFatal)) return true;
  // After an outage, it may take as long again until the next attempt to connect.
  const delays = relevant
    .filter(isDelay)
    .map(({ kind, from, to }) => ({ from, to: kind === 'stall' ? to : 2 * to - from + recovery }));
  return delays.some((last) => {
    const since = last.to - plan.lease;
    const times = delays.map(({ from, to }) => Math.max(0, Math.min(to, last.to) - Math.max(from, since)));
    return times.reduce((sum, ms) => sum + ms, 0) >= left * plan.lease - recovery;
  });
}

/** A run ends soon after a stop, where nothing fails meanwhile. */
export function checkStopTime({ attempt, evidence, say }: Case): void {
  const [first] = attempt.stops.filter(({ value }) => value);
  if (first === undefined || attempt.readers.length === 0) return;
  const from = Math.max(first.at, ...attempt.starts.slice(0, 1).map(({ at }) => at));
  const to = Math.max(...attempt.readers.map(({ endedAt }) => endedAt));
  const isDisturbed = evidence.faults.some(
    (fault) => fault.kind !== 'stall' && fault.from <= to && fault.to + 3 * stopTime >= attempt.begunAt,
  );
  if (!isDisturbed && to - from > stopTime + slack + stalled(evidence.faults, from, to))
    say(`it has ended ${to - from} ms after its stop`);
}

/** The ms in some time in which the machine was too busy to run a node or the checker. */
function stalled(faults: readonly Fault[], from: number, to: number): number {
  const stalls = faults.filter((fault) => fault.kind === 'stall');
  return stalls.reduce((sum, stall) => sum + Math.max(0, Math.min(to, stall.to) - Math.max(from, stall.from)), 0);
}

/** The ms from the death of a producer to the end of its run, where nothing else fails. */
export function lossTime({ attempt, own, evidence, say }: Case): number | undefined {
  const { plan, readers } = attempt;
  const [production, another] = own;
  if (production === undefined || another || readers.length === 0) return undefined;
  if (readers.some(({ ended }) => ended !== 'lost')) return undefined;
  const { node, begunAt, finishedAt } = production;
  const to = Math.max(...readers.map(({ endedAt }) => endedAt));
  const lasts = (fault: Fault) => fault.to + (fault.kind === 'deaf' ? deafness : found);
  const during = evidence.faults.filter(
    (fault) => fault.kind !== 'stall' && fault.from <= to && lasts(fault) >= begunAt,
  );
  const [death] = during.filter((fault) => fault.kind === 'node killed' && fault.node === node);
  if (death === undefined || during.length > 1 || finishedAt || death.from < begunAt) return undefined;
  const took = to - death.from;
  if (took > plan.lease + found + slack + stalled(evidence.faults, death.from, to))
    say(`it was lost ${took} ms after the death of its producer`);
  return took - plan.lease;
}
