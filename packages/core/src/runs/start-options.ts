import { type Check, checkOptions, integer, milliseconds, oneOf, withoutUndefined } from '../checks/check-options';

/** The most that a run may have. */
export interface RunSize {
  /** The most messages. `Infinity` means no limit. Defaults to 100000. */
  readonly count: number;
  /** The most bytes of bodies and event names. `Infinity` means no limit. Defaults to 16777216. */
  readonly bytes: number;
}

/** Options of `run.start()`. */
export interface StartOptions {
  /**
   * A name of this start, such as the id of the request that asks for it. A start with the key of
   * the newest run joins that run, even after its end, so that a repeated request starts nothing
   * twice. 1 to 255 characters without lone surrogates. No default.
   */
  key?: string | undefined;
  /**
   * Milliseconds after which a producer that has died counts as such. The producer renews its lease
   * three times in that time, so code that blocks the event loop for longer loses the run. At least
   * 1000. Defaults to 15000 ms.
   */
  lease?: number;
  /** Milliseconds to keep the run after its end. At least 1000. Defaults to 600000 (10 minutes). */
  keep?: number;
  /** A run that becomes larger fails with the code `run-too-large`. */
  most?: Partial<RunSize>;
  /**
   * The action while another run of this id is under way: `'join'` returns that run, `'refuse'`
   * rejects with `run-running`, and `'replace'` stops it with the reason `replaced`, waits for its
   * end, and starts. Defaults to `'join'`.
   */
  whenRunning?: 'join' | 'refuse' | 'replace';
}

const defaults = {
  key: undefined as string | undefined,
  lease: 15_000,
  keep: 600_000,
  whenRunning: 'join' as 'join' | 'refuse' | 'replace',
  most: { count: 100_000, bytes: 16 * 1024 * 1024 } as RunSize,
};

/** {@link StartOptions} with their defaults. */
export type StartSettings = Readonly<typeof defaults>;

const maxKeyLength = 255;
/** The shortest lease, and the shortest time to keep a run, in ms. Stores look once a second. */
const minTime = 1000;

/** Lone surrogates are all the same to a store that keeps UTF-8, so that two keys would be one. */
export const aKey: Check = (value) =>
  typeof value === 'string' && value !== '' && value.length <= maxKeyLength && !/\p{Surrogate}/u.test(value)
    ? undefined
    : `a string of 1 to ${maxKeyLength} characters without lone surrogates`;

/** @throws TypeError for an unknown option or a value that does not fit. */
export function startSettings(options: StartOptions | undefined): StartSettings {
  const checked = checkOptions<StartOptions>('start', options, {
    key: aKey,
    lease: milliseconds(minTime),
    keep: milliseconds(minTime),
    most: checkMost,
    whenRunning: oneOf('join', 'refuse', 'replace'),
  });
  const { most, ...others } = checked;
  return { ...defaults, ...withoutUndefined(others), most: { ...defaults.most, ...withoutUndefined(most) } };
}

function checkMost(value: unknown): string | undefined {
  const check = integer(1, { infinity: true });
  checkOptions<Partial<RunSize>>('most', value as Partial<RunSize>, { count: check, bytes: check });
  return undefined;
}

const maxReasonLength = 1000;

/** Options of `run.stop()`. */
export interface StopOptions {
  /** Stops only the run that was started with this key, or that will be. No default. */
  key?: string | undefined;
}

export const aReason: Check = (value) =>
  typeof value === 'string' && value.length <= maxReasonLength
    ? undefined
    : `a string of at most ${maxReasonLength} characters`;

/** @throws TypeError for an unknown option or a value that does not fit. */
export function checkStopOptions(options: StopOptions | undefined): StopOptions {
  return checkOptions<StopOptions>('stop', options, { key: aKey });
}
