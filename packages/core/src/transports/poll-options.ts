import { aFunction, type Check, integer, milliseconds, parameterName } from '../checks/check-options';
import { type ConnectionOptions, connectionChecks } from '../http/connection-options';
import type { ErrorListener } from '../http/error-listener';
import type { RunOutcome } from '../log/outcome';

/** The answer to a poll, as `envelope` gets it. */
export interface PollAnswer {
  /** The cursor after this answer. */
  readonly cursor: string;
  /** The cursor that the client sent. Absent if none has come. */
  readonly from?: string;
  /** A message of `initial` has no id. */
  readonly messages: readonly { id?: string; event?: string; data: unknown; encoding?: 'base64' }[];
  readonly gap?: {
    readonly reason: string;
    readonly missed?: number;
    readonly channels?: readonly string[];
    readonly cursor: string;
  };
  /** True in the last answer of a channel or a run that has ended. */
  readonly ended?: true;
  /** How the run has ended, beside `ended`. Absent for channels. */
  readonly outcome?: RunOutcome;
  /** The public code of a run that has failed. */
  readonly code?: string;
  /** The reason that was given to stop the run. */
  readonly reason?: string;
  /** Milliseconds after which the next interval poll should come. */
  readonly interval?: number;
}

/** Options of `poll()`. */
export interface PollOptions<Request = unknown>
  extends Pick<
    ConnectionOptions<Request>,
    | 'authorize'
    | 'sourceTimeout'
    | 'hub'
    | 'from'
    | 'initial'
    | 'unknownRun'
    | 'join'
    | 'presence'
    | 'onOpen'
    | 'onClose'
  > {
  /** Milliseconds between two polls, which each answer tells the client. Defaults to 3000 ms. */
  interval?: number;
  /**
   * The query parameter that carries the cursor. Defaults to `cursor`, and to the names that
   * EventSource polyfills use.
   */
  parameter?: string;
  /** The maximum number of messages in one answer. Defaults to 1000, of at most 65536 bytes. */
  maxMessages?: number;
  /**
   * The maximum number of bytes of data and event names that `initial` may give for one answer,
   * which has them all. A poll that needs more is refused with 406. `Infinity` for no limit.
   * Defaults to 4194304 bytes (4 MiB).
   */
  maxSnapshot?: number;
  /** Returns the value that is sent as JSON. Defaults to the answer itself. */
  envelope?: (answer: PollAnswer) => unknown;
  /**
   * Milliseconds after an answer in which the client must come back. Interval polls have their
   * `interval` in addition. Then `onClose` is called with `left`. For routes with `onOpen` or
   * `onClose`. Defaults to 10000 ms.
   */
  clientGrace?: number;
  /**
   * Clients without a request that the route remembers. When there are more, the one that is away
   * the longest has left. For routes with `onOpen` or `onClose`. Defaults to 10000.
   */
  maxClientsAway?: number;
  /**
   * The media type of the answers, for pages of other servers. A text that `envelope` returns is
   * then the body itself. Defaults to `application/json; charset=utf-8`.
   */
  contentType?: string;
  /**
   * The status of an answer that has nothing to tell: no message, gap or end. It then has no body.
   * Pages that take every body for a message need one, such as 204, or 502 if they take that for a
   * time-out. Clients keep their cursor. Defaults to 200, with a body that has no messages.
   */
  emptyStatus?: number;
}

/** Options of `longPoll()`. */
export interface LongPollOptions<Request = unknown> extends Omit<PollOptions<Request>, 'interval'> {
  /**
   * Milliseconds for which a poll is held if there is no message. A client can ask for less by
   * `?wait=`, in seconds. Defaults to 25000 ms.
   */
  wait?: number;
  /**
   * Whether a poll without a cursor is held (`'wait'`) if there is nothing for it, or answered at
   * once with a cursor (`'answer'`). A page that never sends a cursor expects to be held, and loses
   * what is published between two of its polls. Defaults to `'answer'`.
   */
  first?: 'wait' | 'answer';
  /**
   * Milliseconds that a held poll waits for more messages after the first one. Defaults to 10 ms.
   */
  batchDelay?: number;
  /**
   * Lets caches share an answer among all clients that have the same cursor. It is for public
   * channels only, so it cannot be combined with `authorize` or `initial`. Defaults to `false`.
   */
  cache?: boolean;
}

/** The settings of one route of long polls or interval polls. */
export interface PollRouteSettings<Request> extends Omit<LongPollOptions<Request>, 'wait' | 'batchDelay'> {
  /** Milliseconds between two interval polls. Absent for long polls. */
  readonly interval: number | undefined;
  readonly wait: number;
  /** True for a route where the `Accept` header chooses, unless the URL names a transport. */
  readonly isNegotiated?: boolean;
  readonly batchDelay: number;
  readonly onError: ErrorListener<Request> | undefined;
}

/** Defaults, of times in ms. */
export const pollDefaults = {
  interval: 3000,
  wait: 25_000,
  batchDelay: 10,
  maxMessages: 1000,
  maxSnapshot: 4 * 1024 * 1024,
  clientGrace: 10_000,
  maxClientsAway: 10_000,
};

/** Checks for the value of a header that names a media type (RFC 9110, 8.3.1). */
const mediaType: Check = (value) =>
  typeof value === 'string' && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(;[\t\x20-\x7e]*)?$/.test(value)
    ? undefined
    : 'a media type such as text/plain; charset=utf-8';

export const pollChecks = {
  authorize: connectionChecks.authorize,
  sourceTimeout: connectionChecks.sourceTimeout,
  hub: connectionChecks.hub,
  from: connectionChecks.from,
  initial: connectionChecks.initial,
  unknownRun: connectionChecks.unknownRun,
  join: connectionChecks.join,
  parameter: parameterName,
  maxMessages: integer(1),
  maxSnapshot: integer(1, { infinity: true }),
  envelope: aFunction,
  presence: connectionChecks.presence,
  onOpen: connectionChecks.onOpen,
  onClose: connectionChecks.onClose,
  clientGrace: milliseconds(0),
  maxClientsAway: integer(0),
  contentType: mediaType,
  emptyStatus: integer(200, { max: 599 }),
};
