import type {
  LogLimits,
  LogWrite,
  LogWritten,
  Message,
  Position,
  PresenceHeld,
  PresenceHold,
  RunClaim,
  RunClaimed,
  RunRecord,
  RunStop,
  RunStopped,
  RunWrite,
  RunWritten,
  StateLimits,
  StateValues,
  StateWrite,
  StateWritten,
} from '@pushwire/core/backplanes';

/** The version of the protocol. A broker and a worker must have the same. */
export const protocolVersion = 1;

interface OfLog {
  readonly log: string;
}

interface OfChannel extends OfLog {
  /** The limits of the log, if it begins with this call. */
  readonly limits: LogLimits;
}

interface OfState extends OfLog {
  /** The limits of the state, if it begins with this call. */
  readonly limits: StateLimits;
}

/** The calls of a worker to the broker, by their names: what they are given, and the reply. */
export interface Calls {
  /**
   * The first call on a connection.
   *
   * @param given.process names the backplane of a process. Its earlier connection ends, so that no
   * call of that one is done after those that follow.
   */
  hello(given: { readonly version: number; readonly process: string }): void;
  ping(given: Record<never, never>): void;
  append(given: OfChannel & { readonly message: Message }): Position;
  write(given: OfChannel & { readonly write: LogWrite }): LogWritten;
  end(given: OfChannel): void;
  delete(given: OfChannel & { readonly newest: Position | undefined }): void;
  /** Settles when the worker has got what it lacks, and begins to get what is new. */
  follow(given: OfLog & { readonly limits?: LogLimits | StateLimits; readonly from: Position | undefined }): void;
  unfollow(given: OfLog): void;
  /** Settles when the worker has got all that was in the log. */
  refresh(given: OfLog): void;
  /** The connections to a channel by other workers. */
  connections(given: OfLog): number;
  claim(given: OfLog & { readonly claim: RunClaim }): RunClaimed;
  writeRun(given: OfLog & { readonly write: RunWrite }): RunWritten;
  stopRun(given: OfLog & { readonly stop: RunStop }): RunStopped;
  runRecord(given: OfLog): RunRecord | undefined;
  writeValue(given: OfState & { readonly write: StateWrite }): StateWritten;
  readValues(given: OfState & { readonly key: string | undefined }): StateValues;
  clearValues(given: OfState): Position;
  hold(given: OfState & { readonly hold: PresenceHold }): PresenceHeld;
  countMembers(given: OfState): number;
}

export type CallName = keyof Calls;
export type Given<Name extends CallName> = Parameters<Calls[Name]>[0];
export type Returned<Name extends CallName> = ReturnType<Calls[Name]>;

/** A call on its way to the broker. */
export interface Call<Name extends CallName = CallName> {
  readonly call: number;
  readonly name: Name;
  readonly given: Given<Name>;
}
