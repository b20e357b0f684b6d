import { isPromise, PushwireError } from '../checks/errors';
import type { Connection } from '../delivery/connection';
import { publicConnection } from '../delivery/named-connection';
import type { PublicConnection } from '../delivery/public-connection';
import { Stream } from '../delivery/stream';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { isAuthorized, Reauthorization } from './authorization';
import type { ConnectionOptions } from './connection-options';
import type { ErrorListener } from './error-listener';
import type { Exchange } from './exchange';
import { attend } from './present';

/** Runs a route's `authorize`, `presence` and hooks for a connection. Most routes have none. */
export function attachHooks<Request>(
  connection: Connection,
  channels: readonly Channel[],
  exchange: Exchange<Request>,
  engine: Engine,
  options: ConnectionOptions<Request>,
  onError: ErrorListener<Request>,
): void {
  exchange.closing.follow(connection);
  const { authorize, presence, onOpen, onClose } = options;
  if (presence || onOpen || onClose || authorize) attachAll(connection, channels, exchange, engine, options, onError);
}

function attachAll<Request>(
  connection: Connection,
  channels: readonly Channel[],
  { request }: Exchange<Request>,
  engine: Engine,
  { authorize, reauthorize = 60_000, presence, onOpen, onClose }: ConnectionOptions<Request>,
  onError: ErrorListener<Request>,
): void {
  // A client that left before its generator's first message was never connected.
  if (connection instanceof Stream && !connection.begun) return;
  if (presence || onOpen || onClose) {
    callHooks(publicConnection(connection), request, engine, { presence, onOpen, onClose }, onError);
  }
  if (authorize && connection instanceof Stream && reauthorize !== Number.POSITIVE_INFINITY) {
    const report = (error: unknown) => onError(error, request);
    new Reauthorization(connection, reauthorize, () => isAuthorized(authorize, request, channels), report);
  }
}

/** The functions of a route that concern one connection. */
export type Hooks<Request> = {
  [Hook in 'presence' | 'onOpen' | 'onClose']: ConnectionOptions<Request>[Hook] | undefined;
};

/** Calls `presence` and `onOpen` now, and `onClose` when the connection is closed. */
export function callHooks<Request>(
  connection: PublicConnection,
  request: Request,
  engine: Engine,
  { presence, onOpen, onClose }: Hooks<Request>,
  onError: ErrorListener<Request>,
): void {
  const attempt = async (hook: () => unknown, mayBeClosed = false) => {
    try {
      await hook();
    } catch (error) {
      if (!(mayBeClosed && isOfClosedHub(error))) onError(error, request);
    }
  };
  if (presence) attempt(() => attendWith(engine, presence(request), connection), true);
  if (onOpen) attempt(() => onOpen(connection, request));
  if (onClose) connection.closed.then((reason) => attempt(() => onClose(reason, connection, request), true));
}

/**
 * True for the error of a call after the hub's `close()`. An `onClose` that tells others who has
 * left has nobody to tell then, nor has a `presence` that comes late, and each connection of the
 * hub would report it.
 */
const isOfClosedHub = (error: unknown): boolean => error instanceof PushwireError && error.code === 'hub-closed';

/** Makes a client present until its connection is closed. */
async function attendWith(engine: Engine, given: unknown, connection: PublicConnection): Promise<void> {
  let isClosed = false;
  let leave = () => {};
  connection.closed.then(() => {
    isClosed = true;
    leave();
  });
  // A page that is loaded again is present in the same turn.
  const presents = isPromise(given) ? await given : given;
  if (!isClosed) leave = attend(engine, presents, connection);
}
