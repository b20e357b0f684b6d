import type { PushwireError } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';

/** Everything that can happen to a connection, with the arguments of each input. */
export interface Inputs {
  /** A transport connection brought a frame, or without `frame` only a sign of life. */
  readonly frame: [connection: number | undefined, frame?: Frame | undefined];
  /** A transport connection closed. */
  readonly closed: [connection: number, error: PushwireError];
  /**
   * The timer `next` fired: the first frame of an attempt, the next attempt, or a sign of life is
   * due, depending on the status. The first `next` starts the connection.
   */
  readonly next: [];
  /** The timer `better` fired: a trial of a better transport, or its first frame, is due. */
  readonly better: [];
  /** The page lost its network. */
  readonly offline: [];
  /** The page was frozen. */
  readonly freeze: [];
  /** The page or its network is back. */
  readonly resume: [];
  /** The page was shown or hidden. */
  readonly visibility: [];
  /** The app closed the connection. */
  readonly close: [];
}

/** One input: its type, and its arguments. */
export type Input = { [Type in keyof Inputs]: [type: Type, ...args: Inputs[Type]] }[keyof Inputs];

/** The inputs that timers make. */
export type Timer = 'next' | 'better';
