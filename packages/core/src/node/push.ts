import { badRequest, PushwireError } from '../errors';
import { acceptable, negotiate, type TransportName, transportNames } from '../negotiate';
import { checkOptions } from '../options';
import type { Source } from '../source';
import { ndjsonWriter } from '../writers/ndjson';
import { sseWriter } from '../writers/sse';
import { type CometOptions, cometTransport } from './comet';
import { type LongPollOptions, longPollTransport, type PollOptions, pollTransport } from './poll';
import { type LogError, logToConsole, type StreamOptions, streamChecks, streaming } from './streaming';
import { type Receive, type Serve, type Visit, visiting } from './visit';

/** Options of `push()`: those of the streams, and of the transports that have more. */
export interface PushOptions<Request> extends StreamOptions<Request> {
  comet?: Omit<CometOptions<Request>, keyof StreamOptions<Request>>;
  longPoll?: LongPollOptions;
  poll?: PollOptions;
}

/**
 * The heart of every adapter's `push()`: a function that serves a source over whichever transport the request asks for,
 * by `?transport=` or else by its `Accept` header.
 *
 * @see serveSse for what it does with errors.
 * @throws TypeError for a source or an option that does not fit.
 */
export function servePush<Request>(
  source: Source<Request>,
  options?: PushOptions<Request>,
  logError: LogError<Request> = logToConsole,
): Serve<Request> {
  // What these three may hold is looked at by their transports.
  const checkedLater = () => undefined;
  const given = checkOptions<PushOptions<Request>>('push', options, {
    ...streamChecks,
    comet: checkedLater,
    longPoll: checkedLater,
    poll: checkedLater,
  });
  const { comet, longPoll, poll, ...streams } = given;
  const transports: Record<TransportName, (visit: Visit<Request>) => Receive<Request>> = {
    sse: streaming({ options: streams, logError, writerOf: () => sseWriter }),
    ndjson: streaming({ options: streams, logError, writerOf: () => ndjsonWriter }),
    comet: cometTransport({ ...streams, ...comet }, logError),
    'long-poll': longPollTransport(longPoll),
    poll: pollTransport(poll),
  };
  return visiting(source, (visit) => transports[transportOf(visit)](visit));
}

function transportOf<Request>({ incoming, response, query }: Visit<Request>): TransportName {
  addVary(response);
  const named = query.get('transport');
  if (named !== null) {
    const known = transportNames.find((name) => name === named);
    if (known === undefined) throw badRequest(`The transport must be one of ${transportNames.join(', ')}.`);
    return known;
  }
  const negotiated = negotiate(incoming.headers.accept);
  if (negotiated === undefined) {
    throw new PushwireError('not-acceptable', `Acceptable are ${acceptable.join(', ')}.`, { status: 406 });
  }
  // A poll that waits for nothing is an interval poll.
  return negotiated === 'long-poll' && Number(query.get('wait') ?? Number.NaN) === 0 ? 'poll' : negotiated;
}

/** Caches must keep apart what different clients accept. */
function addVary(response: {
  getHeader(name: string): unknown;
  setHeader(name: string, value: string): unknown;
}): void {
  const present = String(response.getHeader('vary') ?? '');
  if (/(^|,)\s*(\*|accept)\s*(,|$)/i.test(present)) return;
  response.setHeader('Vary', present === '' ? 'Accept' : `${present}, Accept`);
}
