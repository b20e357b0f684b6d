import { isPromise } from '../checks/errors';
import type { OneOffSource } from '../delivery/one-off-source';
import type { Engine } from '../hub/engine';
import { captureContext } from '../time/async-context';
import { engineOfExchange, presumedEngineOf } from './engine-of';
import { errorListener } from './error-listener';
import type { Exchange, SourceFunction } from './exchange';
import { moveTo, Refused, waitFor } from './pending-exchange';
import { findEarlyRefusal } from './refusal';
import { type CheckedFeed, checkFeed, discardFeed } from './source';
import { sourceContext } from './source-context';
import type { Serving } from './transport';

/** The ways of a function source, as earlier requests have shown them. */
export interface SourceHabits {
  /** It returns promises, which take their time. */
  isAsync: boolean;
  /** It gives async iterables, which belong to no hub's channels. */
  givesIterables: boolean;
}

/**
 * Calls a function source. If it returns a promise, the request is pending until that settles.
 *
 * @returns a promise only where the source does: to await one costs a turn.
 * @throws Refused if the hub has no room, or if the wait ends early.
 */
export function openFeed<Request>(
  source: SourceFunction<Request>,
  habits: SourceHabits,
  exchange: Exchange<Request>,
  serving: Serving,
): CheckedFeed | Promise<CheckedFeed> {
  const { transport, pendingOptions, cursor } = serving;
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
  return settledFeed(result, habits, exchange, serving, engine);
}

async function settledFeed<Request>(
  settling: PromiseLike<unknown>,
  habits: SourceHabits,
  exchange: Exchange<Request>,
  { transport, pendingOptions, cursor }: Serving,
  engine: Engine,
): Promise<CheckedFeed> {
  const settled = await waitFor(settling, engine, exchange, transport, pendingOptions, discardFeed);
  const feed = ownFeed(checkFeed(settled, cursor), exchange, engine);
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
