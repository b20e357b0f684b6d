import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAbort, isPromise, misuse, PushwireError, RequestMisuse } from '../checks/errors';
import type { Connection } from '../delivery/connection';
import { HeldPoll } from '../delivery/held-poll';
import { isMessages, isOneShot, type Messages, oneOffSource } from '../delivery/iterables';
import type { OneOffSource } from '../delivery/one-off-source';
import type { ServedConnection } from '../delivery/public-connection';
import type { Engine } from '../hub/engine';
import { whenFirst } from '../response/pipeline';
import { ResponseSink } from '../response/response-sink';
import { hasBody, leaveUnread } from '../response/unread-body';
import { captureContext } from '../time/async-context';
import { answerRefusal } from './answers';
import { engineOfExchange, presumedEngineOf } from './engine-of';
import { errorListener } from './error-listener';
import { type Exchange, endAbandoned, type SourceFunction } from './exchange';
import type { Framework } from './framework';
import { FrameworkAnswers } from './framework-answers';
import { LazySignal } from './lazy-signal';
import { moveTo, Refused, waitFor } from './pending-exchange';
import { queryOf } from './query';
import { findEarlyRefusal } from './refusal';
import { type CheckedFeed, checkFeed, discardFeed, isMixed, type Source } from './source';
import { sourceContext } from './source-context';
import { refuseTopics } from './topics';
import type { Serving, Transport } from './transport';

/**
 * Serves one request. The promise resolves with the connection once it has begun, or with
 * `undefined` if the request was answered. It rejects with the error that a source throws before
 * the first byte. Nothing has been sent then, so the caller can still answer.
 *
 * `request` is the framework's own request, which the source and the options get. With bare
 * `node:http`, pass `incoming` again.
 */
export type Serve<Request> = (
  incoming: IncomingMessage,
  response: ServerResponse,
  request: Request,
) => Promise<ServedConnection | undefined>;

/**
 * Makes the function that serves a source. Every transport begins here.
 *
 * @throws TypeError for a value that is not a source.
 */
export function serveSource<Request>(
  source: Source<Request>,
  transport: Transport<Request>,
  framework: Framework<Request>,
): Serve<Request> {
  const fixed = typeof source === 'function' ? undefined : checkFixedFeed(source);
  const habits: SourceHabits = { isAsync: false, givesIterables: false };
  return serveExchange(async (exchange) => {
    if (fixed) refuseTopics(exchange.query);
    else exchange.source = source as SourceFunction<Request>;
    const serving = transport(exchange);
    try {
      const feed = fixed
        ? shareFeed(fixed, source)
        : await openFeed(source as SourceFunction<Request>, habits, exchange, serving);
      return exchange.sink.gone ? endAbandoned(exchange) : await serving.serve(feed);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return error.reason === 'gone' ? endAbandoned(exchange) : serving.refuse(error.engine, error.reason);
    } finally {
      exchange.closing.abortUnlessConnected();
    }
  }, framework);
}

/** The ways of a function source, as earlier requests have shown them. */
interface SourceHabits {
  /** It returns promises, which take their time. */
  isAsync: boolean;
  /** It gives async iterables, which belong to no hub's channels. */
  givesIterables: boolean;
}

/**
 * Checks a source that is not a function. Too many channels, or none, are then misuse, and so is a
 * generator or a stream, which only the first client would get. A channel and iterables in one
 * list depend on the place of each client.
 */
function checkFixedFeed(source: unknown): CheckedFeed {
  const wanted = 'a function that makes one for each client';
  if (isMixed(source)) throw misuse('source', wanted, source);
  if (isMessages(source) && isOneShot(source)) {
    throw misuse('source', `${wanted}, since it can be read only once`, source);
  }
  if (Array.isArray(source) && source.length === 0) throw misuse('source', 'at least one channel', source);
  try {
    return checkFeed(source);
  } catch (error) {
    throw error instanceof PushwireError ? new TypeError(`source: ${error.message} See limits.channels.`) : error;
  }
}

/** Each client iterates a fixed iterable anew, and closes only what it has begun. */
function shareFeed(feed: CheckedFeed, source: unknown): CheckedFeed {
  return 'messages' in feed ? { messages: oneOffSource(source as Messages, true) } : feed;
}

/**
 * Makes the function that turns requests into exchanges, and answers requests that are refused.
 *
 * @param answersErrors false if the framework answers refusals too, by the `status` of the error.
 */
export function serveExchange<Request>(
  serve: (exchange: Exchange<Request>) => Promise<Connection | undefined> | undefined,
  framework: Framework<Request>,
  { answersErrors = true } = {},
): Serve<Request> {
  return async (incoming, response, request) => {
    const turn = whenFirst(response);
    if (turn) await turn;
    const sink = new ResponseSink(response, framework.detachWhenIdle);
    const query = queryOf(incoming);
    const answers = framework.answer ? new FrameworkAnswers(framework.answer, request, response, sink) : sink;
    const exchange: Exchange<Request> = {
      request,
      incoming,
      response,
      sink,
      framework,
      answers,
      closing: new LazySignal(),
      query,
      source: undefined,
    };
    if (response.headersSent && !response.writableEnded) {
      throw new TypeError('response: expected unsent headers, but earlier middleware has already sent them');
    }
    let connection: Connection | undefined;
    try {
      connection = await serve(exchange);
    } catch (error) {
      if (sink.gone && isAbort(error)) return endAbandoned(exchange);
      if (hasBody(incoming)) leaveUnread(incoming, response);
      if (answersErrors && error instanceof RequestMisuse) answerRefusal(exchange, error.status, error.sentence);
      else if (answersErrors && error instanceof PushwireError && error.status !== undefined) {
        answerRefusal(exchange, error.status, error.message);
      } else {
        // The framework answers with the error.
        sink.prepareAnswer();
        throw error;
      }
    } finally {
      sink.place?.leave();
    }
    // Without `await`, the frame of this call and the exchange are free while the poll is held.
    const isHeld = connection instanceof HeldPoll && answers instanceof FrameworkAnswers;
    return isHeld ? answers.whenGiven(connection as HeldPoll) : connection;
  };
}

/**
 * Calls a function source. If it returns a promise, the request is pending until that settles.
 *
 * @throws Refused if the hub has no room, or if the wait ends early.
 */
async function openFeed<Request>(
  source: SourceFunction<Request>,
  habits: SourceHabits,
  exchange: Exchange<Request>,
  { transport, pendingOptions, cursor }: Serving,
): Promise<CheckedFeed> {
  const engine = habits.givesIterables
    ? engineOfExchange(exchange, [], pendingOptions.hub)
    : presumedEngineOf(exchange, pendingOptions.hub);
  // A source that returns at once is refused afterwards, when its hub is known.
  const refusal = habits.isAsync ? findEarlyRefusal(engine, exchange, transport) : undefined;
  if (refusal) throw new Refused(engine, refusal);
  const { request, sink, closing } = exchange;
  sink.listener = { onDrain() {}, onClose: () => closing.abort() };
  const result = source(request, sourceContext(exchange, cursor));
  if (!isPromise(result)) return ownFeed(checkFeed(result, cursor), exchange, engine);
  habits.isAsync = true;
  const settled = checkFeed(await waitFor(result, engine, exchange, transport, pendingOptions, discardFeed), cursor);
  const feed = ownFeed(settled, exchange, engine);
  habits.givesIterables = 'messages' in feed;
  moveTo(engineOfExchange(exchange, 'channels' in feed ? feed.channels : [], pendingOptions.hub), exchange);
  return feed;
}

/** Closes the iterable of a feed if the exchange ends before anybody iterates. */
function ownFeed<Request>(feed: CheckedFeed, exchange: Exchange<Request>, engine: Engine): CheckedFeed {
  if (!('messages' in feed)) return feed;
  const inContext = captureContext();
  exchange.closing.onAbort(() => inContext(() => closeUnused(feed.messages, exchange, engine)));
  return feed;
}

function closeUnused<Request>(
  source: OneOffSource,
  { framework, request }: Exchange<Request>,
  { observer }: Engine,
): void {
  source.closeUnused().catch((error) => errorListener(framework.onError, observer)(error, request));
}
