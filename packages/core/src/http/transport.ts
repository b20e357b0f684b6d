import type { Connection } from '../delivery/connection';
import type { Exchange } from './exchange';
import type { CheckedFeed } from './source';

/** Serves a feed. Resolves with the connection, or with `undefined` if the request was answered. */
export type ServeFeed<Request> = (feed: CheckedFeed, exchange: Exchange<Request>) => Promise<Connection | undefined>;

/**
 * One transport of a route. It reads the request before the source is called, so it can refuse the
 * request by throwing a `PushwireError` that has a status.
 */
export type Transport<Request> = (exchange: Exchange<Request>) => ServeFeed<Request>;
