import type { PushwireError } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';
import type { PageInput } from '../environment/page-events.js';

/**
 * What a connection is at.
 *
 * - `connecting`: an attempt is under way.
 * - `open`: messages come.
 * - `waiting`: it will come back by itself; or it has not begun.
 * - `ended`: the source is finished, or `close()` was called.
 * - `failed`: coming back does not help; the last error says why.
 */
export type Status = 'connecting' | 'open' | 'waiting' | 'ended' | 'failed';

/**
 * What a connection waits for: `next` is the first frame of an attempt, the time of the next one, or a sign of life, as the
 * status has it; `better` is a trial of a better transport, or the first frame of one.
 */
export type Timer = 'next' | 'better';

/** What happens to a connection. */
export type Input =
  /** A frame has come; without one, only a sign of life. */
  | readonly [type: 'heard', link: number | undefined, frame?: Frame | undefined]
  | readonly [type: 'over', link: number, error: PushwireError]
  /** A timer is due; the first `next` begins. */
  | readonly [type: Timer]
  /** The page's life (`page.ts`). */
  | readonly [type: PageInput]
  | readonly [type: 'close'];

/** What is to be done. */
export type Effect =
  | readonly [type: 'open', link: number, at: number]
  /** All connections but this one are closed, and all timers stopped. */
  | readonly [type: 'keep', link: number | undefined]
  /** A timer is set anew. */
  | readonly [type: 'time', timer: Timer, ms: number]
  | readonly [type: 'remember']
  | readonly [type: 'message' | 'gap', frame: Frame]
  | readonly [type: 'error', error: PushwireError, transport: string]
  | readonly [type: 'status'];

/** What inputs or effects of one type carry. */
export type Given<All, Type> = All extends readonly [infer Types, ...infer Rest]
  ? Type extends Types
    ? Rest
    : never
  : never;

/** Until when transports are left, in ms since 1970, by their names. */
export type Left = Readonly<Record<string, number>>;

/** What does not change during a connection; the options say what each is. */
export interface Rules {
  /** Names of the transports, the best first. */
  readonly order: readonly string[];
  readonly openTimeout: number;
  readonly betterAfter: number;
  readonly steadyAfter: number;
  readonly maxRetry: number;
  /** Whether headers are asked for anew before each attempt. */
  readonly asksHeaders: boolean;
}

/** What a server promises that says nothing else, in ms. */
const usualHeartbeat = 15_000;

/** All that a connection knows, and what is to be done. It is never changed, only replaced. */
export interface State extends Rules {
  readonly status: Status;
  /** Since when it has this status, in ms since 1970. */
  readonly since: number;
  readonly cursor?: string | undefined;
  /** The transport in use, as an index of `order`. */
  readonly at: number;
  /** The numbers of the connection in use, and of the one on trial, where there are such; how many there were. */
  readonly link?: number | undefined;
  readonly trial?: number | undefined;
  readonly links: number;
  /** The transport on trial; how many trials were in vain or are not proven. */
  readonly trialAt: number;
  readonly trials: number;
  /** In a row: attempts that brought nothing; connections that died young. */
  readonly failures: number;
  readonly deaths: number;
  readonly left: Left;
  readonly openedAt?: number;
  readonly aliveAt?: number;
  /** What the server has announced last, in ms. */
  readonly heartbeat: number;
  readonly retry: number;
  /** When the server wants to be asked again at the earliest. */
  readonly notBefore: number;
  /** Whether headers were asked for again after a 401. */
  readonly asked?: boolean;
  /** Whether ids are cursors of a log, and not an app's own; the last of them. */
  readonly hasLog?: boolean;
  readonly recent: readonly string[];
  /** Whether the page is offline or put aside. */
  readonly away?: boolean;
  /** What the last step wants done, in this order. */
  readonly effects?: readonly Effect[];
}

/** A state while a step is taken, with what the step may draw on. */
export type Turn = { -readonly [Name in keyof State]: State[Name] } & {
  effects: Effect[];
  /** In ms since 1970. */
  readonly now: number;
  /** From 0 to 1. */
  readonly chance: number;
};

/** @param start where to begin, and what earlier connections have learned. */
export function initialState(start: Rules & Pick<State, 'retry' | 'cursor' | 'left'>, now: number): State {
  const counts = { at: 0, links: 0, trialAt: 0, trials: 0, failures: 0, deaths: 0, notBefore: 0 };
  return { ...start, ...counts, status: 'waiting', since: now, heartbeat: usualHeartbeat, recent: [] };
}
