import { isUnreachable, type PushwireError } from '../checks/errors';
import { HubRefused } from '../delivery/hub-refused';

export const hubClosed = (): HubRefused => new HubRefused('draining', 'hub-closed', 'The hub is closed.');

export const hubFull = (): HubRefused =>
  new HubRefused('full', 'hub-full', 'The hub follows as many channels as it may (limits.followedChannels).');

/** Returns the error for a reader whose channel could not be followed. */
export function followFailure(error: unknown): unknown {
  if (!isUnreachable(error)) return error;
  const { code, message } = error as PushwireError;
  return new HubRefused('unavailable', code, message, { cause: error });
}
