import type { LogStoreLimits } from '../backplanes/log-store';
import { checkOptions, integer } from '../checks/check-options';
import type { AdmissionLimits } from '../delivery/admission';
import { maxPositions } from '../log/cursor';

/** Limits of a hub. */
export interface Limits extends AdmissionLimits, LogStoreLimits {
  /**
   * The most channels of one connection, from 1 to 100. Its cursor has a position in each of them.
   * Defaults to 100.
   */
  readonly channels: number;
  /**
   * The most channels that all connections follow together. A connection that would add more is
   * asked to come back later. Defaults to 250000.
   */
  readonly followedChannels: number;
  /** The most bytes of one message, including its event name. Defaults to 1048576 (1 MiB). */
  readonly messageBytes: number;
}

export const defaultLimits: Limits = {
  connections: 100_000,
  perClient: Number.POSITIVE_INFINITY,
  channels: maxPositions,
  followedChannels: 250_000,
  messageBytes: 1024 * 1024,
  logs: 100_000,
  logBytes: 128 * 1024 * 1024,
  runs: 10_000,
};

export function checkLimitsOption(value: unknown): string | undefined {
  const check = integer(1, { infinity: true });
  const checks = {
    connections: check,
    perClient: check,
    channels: integer(1, { max: maxPositions }),
    followedChannels: check,
    messageBytes: check,
    logs: check,
    logBytes: integer(0, { infinity: true }),
    runs: check,
  };
  checkOptions<Partial<Limits>>('limits', value as Partial<Limits>, checks);
  return undefined;
}
