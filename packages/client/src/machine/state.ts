import type { Avoided } from '../environment/transport-memory.js';
import type { Effect } from './effects.js';

/**
 * The status of a connection.
 *
 * - `connecting`: an attempt is under way.
 * - `open`: messages arrive.
 * - `waiting`: the connection has not started, or the next attempt follows by itself.
 * - `ended`: the source is finished, or `close()` was called.
 * - `failed`: another attempt would not help. The last error says why.
 */
export type Status = 'connecting' | 'open' | 'waiting' | 'ended' | 'failed';

/** How a source has ended, as the server told it. */
export interface End {
  /**
   * The outcome of a run. Absent for other sources.
   *
   * - `completed`: the run has given everything.
   * - `stopped`: somebody has asked it to stop.
   * - `failed`: its producer threw, or it became too large. `code` says more.
   * - `lost`: its producer died, or the server has lost messages of it.
   */
  readonly outcome?: 'completed' | 'stopped' | 'failed' | 'lost';
  /** The public code of a run that has `failed`. */
  readonly code?: string;
  /** The reason that was given to stop the run. */
  readonly reason?: string;
}

/** Settings that do not change during a connection; `ConnectOptions` documents the numbers. */
export interface Rules {
  /** Names of the transports, the best first. */
  readonly order: readonly string[];
  readonly openTimeout: number;
  readonly betterAfter: number;
  readonly steadyAfter: number;
  readonly maxRetry: number;
  /** True when each attempt asks the app for a token, so that a 401 is worth another attempt. */
  readonly renews: boolean;
  /** Statuses after which the client comes back in any case. */
  readonly retryOn: readonly number[];
  /** True when the server may get the same request twice. */
  readonly idempotent: boolean;
}

/** The heartbeat of a server that has not announced one, in ms. */
const defaultHeartbeat = 15_000;

/**
 * Everything that a connection knows, and the effects of the last step. Steps replace it and never
 * change it. Times are in ms since 1970. The names are short because they are not minified.
 */
export interface State extends Rules {
  readonly status: Status;
  /** The time of the last change of status or transport. */
  readonly since: number;
  readonly cursor?: string | undefined;
  /** How the source has ended. */
  readonly end?: End;
  /** Index in `order` of the transport in use, or of the next attempt. */
  readonly index: number;
  /** Number of the transport connection in use. */
  readonly current?: number | undefined;
  /** Number of the transport connection on trial. */
  readonly trial?: number | undefined;
  /** Transport connections so far, which are numbered from 1. */
  readonly opened: number;
  /** Index in `order` of the transport on trial. */
  readonly trialIndex?: number;
  /** Trials since a steady connection last dropped. */
  readonly trials: number;
  /** Attempts in a row that failed, or that the server put off. */
  readonly failures: number;
  /** Connections in a row that dropped within `steadyAfter`. */
  readonly drops: number;
  readonly avoided: Avoided;
  /** The time at which the connection in use opened. */
  readonly openedAt?: number;
  /** The time of the last sign of life. */
  readonly aliveAt?: number;
  /** The heartbeat that the server announced, in ms. */
  readonly heartbeat: number;
  /** The base of the back-off, in ms. */
  readonly retry: number;
  /** The earliest time at which the server accepts the next attempt. */
  readonly notBefore: number;
  /** True after a 401 was answered with new headers, until the connection opens. */
  readonly renewed?: boolean;
  /** True when ids are cursors of a log. Ids of the app's own may repeat. */
  readonly hasLog?: boolean;
  /** The ids of the last messages. */
  readonly recent: readonly string[];
  /** Index of the transport that was open last, or -1: none was, or it has kept dropping since. */
  readonly good: number;
  /** True while the page is offline or frozen. */
  readonly away?: boolean;
  /** The effects of the last step, in order. */
  readonly effects?: readonly Effect[];
}

/** The next state while a step builds it. */
export type Draft = { -readonly [Name in keyof State]: State[Name] } & {
  effects: Effect[];
  /** The time of this step. */
  readonly now: number;
  /** A random number from 0 to 1. */
  readonly random: number;
};

/** @param start the rules, the start cursor, and what earlier connections have learned. */
export function initialState(start: Rules & Pick<State, 'retry' | 'cursor' | 'avoided'>, now: number): State {
  const counts = { index: 0, good: -1, opened: 0, trials: 0, failures: 0, drops: 0, notBefore: 0 };
  return { ...start, ...counts, status: 'waiting', since: now, heartbeat: defaultHeartbeat, recent: [] };
}
