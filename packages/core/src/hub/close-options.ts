import { checkOptions, milliseconds } from '../checks/check-options';

/** Options of `hub.close()`. */
export interface CloseOptions {
  /**
   * Milliseconds over which the connections are closed one after the other, so that their clients
   * don't all reconnect to another process at once. Defaults to 0 ms: all are closed at once.
   */
  within?: number;
}

/** @throws TypeError for an unknown option or a value that does not fit. */
export function checkCloseOptions(options: CloseOptions | undefined): CloseOptions {
  return checkOptions<CloseOptions>('close', options, { within: milliseconds(0) });
}
