import type { StateWrite } from '../backplanes/state-store';
import { type Check, checkOptions } from '../checks/check-options';
import { positionIn } from '../log/write-conditions';

/** Options of a write to a state. */
export interface StateWriteOptions {
  /**
   * The id of the value that the key must have, or `null` for a key that must have none. The call
   * rejects with `value-moved` if it has another one. No default.
   */
  ifId?: string | null | undefined;
}

const anIdOrNull: Check = (value) =>
  value === null || (typeof value === 'string' && positionIn(value))
    ? undefined
    : 'the id of a write to the state, or null';

/** @throws TypeError for an unknown option, or a value that does not fit. */
export function conditionOf(options: StateWriteOptions | undefined): StateWrite['ifAt'] {
  const { ifId } = checkOptions<StateWriteOptions>('state write', options, { ifId: anIdOrNull });
  if (ifId === undefined) return undefined;
  return ifId === null ? 'absent' : positionIn(ifId);
}
