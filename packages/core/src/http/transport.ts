import type { HubRefusal } from '../delivery/close-reason';
import type { Connection } from '../delivery/connection';
import type { TransportName } from '../encoders/transport-name';
import type { Engine } from '../hub/engine';
import type { Hub } from '../hub/hub';
import type { Exchange } from './exchange';
import type { CheckedFeed } from './source';

/** The settings of a route for requests whose source or `authorize` has not settled yet. */
export interface PendingOptions {
  /** The hub of requests without channels, where the app names one. */
  readonly hub?: Hub | undefined;
  /** Milliseconds in which the source and `authorize` must settle. Defaults to the hub's. */
  readonly sourceTimeout?: number | undefined;
}

/** The connection of a request, or `undefined` if the request was answered. */
export type Served = Connection | undefined;

/** The way in which one request is served once its source has given a feed. */
export interface Serving {
  readonly transport: TransportName | 'post';
  /** The cursor that came with the request, from the parameter that the route reads. */
  readonly cursor: string | undefined;
  readonly pendingOptions: PendingOptions;
  /** Returns a promise only where something is awaited. */
  serve(feed: CheckedFeed): Served | Promise<Served>;
  /** Asks the client to come back later. */
  refuse(engine: Engine, reason: HubRefusal): undefined;
}

/**
 * One transport of a route. It reads the request before the source is called, so it can refuse the
 * request by throwing a `PushwireError` that has a status.
 */
export type Transport<Request> = (exchange: Exchange<Request>) => Serving;
