import type { PushwireError } from './error.js';
import type { Frame } from './frame.js';
import type { Outcome } from './transports/transport.js';

/**
 * What a connection is at.
 *
 * - `connecting`: an attempt is under way.
 * - `open`: messages come.
 * - `waiting`: it will come back by itself.
 * - `ended`: the source is finished, or `close()` was called.
 * - `failed`: coming back does not help; `error` says why.
 */
export type Status = 'connecting' | 'open' | 'waiting' | 'ended' | 'failed';

/** What happens to a connection. */
export type Input =
  | { readonly type: 'start' | 'close' | 'offline' | 'online' | 'freeze' | 'thaw' | 'look' }
  | { readonly type: 'alive'; readonly link: number }
  | { readonly type: 'frame'; readonly link: number; readonly frame: Frame }
  | { readonly type: 'over'; readonly link: number; readonly outcome: Outcome }
  | { readonly type: 'timer'; readonly timer: Timer };

/**
 * What a connection waits for.
 *
 * - `first`: the first frame of an attempt, `trial`: that of a trial of a better transport.
 * - `wait`: the next attempt.
 * - `watch`: an open connection must have brought something by then.
 * - `better`: a better transport is tried again.
 */
export type Timer = 'first' | 'trial' | 'wait' | 'watch' | 'better';

/** What is to be done. */
export type Effect =
  | { readonly do: 'open'; readonly link: number; readonly at: number; readonly cursor: string | undefined }
  | { readonly do: 'shut'; readonly link: number }
  /** The timer of this name is set anew, or stopped where it has no `ms`. */
  | { readonly do: 'time'; readonly timer: Timer; readonly ms: number | undefined }
  | { readonly do: 'remember'; readonly left: Left }
  | { readonly do: 'message' | 'gap'; readonly frame: Frame }
  | { readonly do: 'error'; readonly error: PushwireError }
  | { readonly do: 'status' };

/** Until when transports are left, in ms since 1970, by their names. */
export type Left = Readonly<Record<string, number>>;

/** What does not change during a connection. */
export interface Rules {
  /** Names of the transports, the best first. */
  readonly order: readonly string[];
  /** Milliseconds in which an attempt must bring its first frame; doubled with each round of failures. */
  readonly openTimeout: number;
  /** Milliseconds after which a better transport is tried again; doubled with each trial in vain. */
  readonly betterAfter: number;
  /** Milliseconds that a connection must last, or it has died young. */
  readonly young: number;
  /** The back-off: its base where the server says none, and its bound, in ms. */
  readonly retry: number;
  readonly maxRetry: number;
  /** Whether headers are asked for anew before each attempt. */
  readonly asksHeaders: boolean;
}

/** All that a connection remembers. It is never changed, only replaced. */
export interface State {
  readonly status: Status;
  /** Since when it has this status, in ms since 1970. */
  readonly since: number;
  /** The transport in use, as an index of `order`. */
  readonly at: number;
  /** The number of the connection in use, of the one on trial, and how many there were; 0 for none. */
  readonly link: number;
  readonly trial: number;
  readonly links: number;
  /** The transport on trial, and where the client was when the trial began. */
  readonly trialAt: number;
  readonly trialFrom: string | undefined;
  readonly trials: number;
  readonly cursor: string | undefined;
  /** The last ids, so that nothing comes twice. */
  readonly recent: readonly string[];
  /** Attempts in a row that brought nothing; connections in a row that died young; answers in a row that refuse. */
  readonly failures: number;
  readonly died: number;
  readonly refused: number;
  /** Transports that have failed since one last worked. */
  readonly failed: readonly number[];
  readonly left: Left;
  readonly openedAt: number;
  readonly aliveAt: number;
  /** What the server has announced, in ms. */
  readonly heartbeat: number;
  readonly retry: number;
  /** Whether headers were asked for again after a 401. */
  readonly askedAgain: boolean;
  /** The server wants not to be asked before. */
  readonly notBefore: number;
  /** Whether ids are cursors of a log, and not an app's own. */
  readonly hasLog: boolean;
  readonly isOffline: boolean;
  readonly isFrozen: boolean;
}

/** @param cursor where to start; @param left what earlier connections have learned. */
export function initialState(now: number, retry: number, cursor?: string, left: Left = {}): State {
  return {
    status: 'connecting',
    since: now,
    at: 0,
    link: 0,
    trial: 0,
    links: 0,
    trialAt: 0,
    trialFrom: undefined,
    trials: 0,
    cursor,
    recent: [],
    failures: 0,
    died: 0,
    refused: 0,
    failed: [],
    left,
    openedAt: 0,
    aliveAt: 0,
    heartbeat: 0,
    retry,
    askedAgain: false,
    notBefore: 0,
    hasLog: false,
    isOffline: false,
    isFrozen: false,
  };
}
