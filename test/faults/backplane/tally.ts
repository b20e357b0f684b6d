import type { Outcome } from '../../kit/ledger';
import { type FaultKind, faultKinds } from './scenarios';

/** The numbers of what happened in some trials. */
export interface Tally {
  readonly faults: Record<FaultKind, number>;
  readonly publishes: Record<Outcome | 'with a key' | 'acknowledged again', number>;
  readonly clients: Record<'connections' | 'turned away' | 'messages' | 'gaps' | 'gaps into a new life', number>;
}

const zeros = <K extends string>(names: readonly K[]) =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;

export const emptyTally = (): Tally => ({
  faults: zeros(faultKinds),
  publishes: zeros(['acknowledged', 'rejected', 'unconfirmed', 'with a key', 'acknowledged again']),
  clients: zeros(['connections', 'turned away', 'messages', 'gaps', 'gaps into a new life']),
});

export function addTally(sum: Tally, more: Tally): void {
  add(sum.faults, more.faults);
  add(sum.publishes, more.publishes);
  add(sum.clients, more.clients);
}

function add<K extends string>(sum: Record<K, number>, more: Record<K, number>): void {
  for (const name of Object.keys(sum) as K[]) sum[name] += more[name];
}
