import { aFunction, milliseconds, oneOf } from '../checks/check-options';
import type { ConnectionOptions } from '../http/connection-options';
import { type PollAnswer, pollChecks } from '../transports/poll-options';

/** The transports of polls. */
export const pollTransports = ['long-poll', 'poll'] as const;

/** A transport whose responses are complete answers. */
export type PollTransport = (typeof pollTransports)[number];

/** Options of `openPoll()`. An object that is used for each request is checked only once. */
export interface OpenPollOptions<Request>
  extends Pick<ConnectionOptions<Request>, 'authorize' | 'sourceTimeout' | 'hub'> {
  /**
   * The transport, whatever the client asks for. Defaults to the one that the client asks for, by
   * `?transport=` or by its `Accept` header.
   */
  transport?: PollTransport;
  /**
   * Milliseconds after which a long poll is answered without a message if the app has not answered
   * it. A client can ask for less by `?wait=`, in seconds. Defaults to 25000 ms.
   */
  wait?: number;
  /**
   * Milliseconds after which a poll whose client does not wait is answered without a message if the
   * app has not answered it: an interval poll, or one with `?wait=0`. Defaults to 1000 ms.
   */
  answerTimeout?: number;
  /** Milliseconds between two interval polls, which each answer tells. Defaults to 3000 ms. */
  interval?: number;
  /**
   * The query parameter that carries the cursor. Defaults to `cursor`, and to the names that
   * EventSource polyfills use.
   */
  parameter?: string;
  /** Returns the value that is sent as JSON. Defaults to the answer itself. */
  envelope?: (answer: PollAnswer) => unknown;
  /**
   * The media type of the answers, for pages of other servers. A text that `envelope` returns is
   * then the body itself. Defaults to `application/json; charset=utf-8`.
   */
  contentType?: string;
  /**
   * The status of an answer without a message, unless it is the end. It then has no body, for pages
   * that take every body for a message. Defaults to 200, with a body that has no messages.
   */
  emptyStatus?: number;
}

/** In ms. */
export const defaultAnswerTimeout = 1000;

export const openPollChecks = {
  authorize: pollChecks.authorize,
  sourceTimeout: pollChecks.sourceTimeout,
  hub: pollChecks.hub,
  transport: oneOf(...pollTransports),
  wait: milliseconds(1),
  answerTimeout: milliseconds(0),
  interval: milliseconds(0),
  parameter: pollChecks.parameter,
  envelope: aFunction,
  contentType: pollChecks.contentType,
  emptyStatus: pollChecks.emptyStatus,
};
