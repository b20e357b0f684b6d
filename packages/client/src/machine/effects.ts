import type { PushwireError } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';
import type { Timer } from './inputs.js';

/** Everything that a step can ask its driver to do, with the arguments of each effect. */
export interface Effects {
  /** Open a transport connection with this number, by the transport at this index. */
  readonly open: [connection: number, index: number];
  /** Close all transport connections but this one, and stop all timers. */
  readonly keep: [connection: number | undefined];
  /** Set a timer, in place of the one of that name. */
  readonly timer: [timer: Timer, ms: number];
  /** Remember which transports to avoid. */
  readonly remember: [];
  /** Tell the app of a message. */
  readonly message: [frame: Frame];
  /** Tell the app of a gap. */
  readonly gap: [frame: Frame];
  /** Tell the app of an error of the transport at this index. */
  readonly error: [error: PushwireError, index: number];
  /** Tell the app of a new status or transport. */
  readonly status: [];
}

/** One effect: its type, and its arguments. */
export type Effect = { [Type in keyof Effects]: [type: Type, ...args: Effects[Type]] }[keyof Effects];
