import { PushwireError, type PushwireErrorCode } from '../checks/errors';
import type { HubRefusal } from './close-reason';

/**
 * A reader's error that is no failure of the source: the hub closes, is full, or cannot reach its
 * backplane. The client of a generator that throws it is asked to come back later.
 */
export class HubRefused extends PushwireError {
  constructor(
    readonly reason: HubRefusal,
    code: PushwireErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}
