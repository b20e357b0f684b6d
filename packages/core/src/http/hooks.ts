import { PushwireError } from '../checks/errors';
import type { Connection } from '../delivery/connection';
import { publicConnection } from '../delivery/named-connection';
import type { PublicConnection } from '../delivery/public-connection';
import { Stream } from '../delivery/stream';
import type { Channel } from '../hub/channel';
import { isAuthorized, Reauthorization } from './authorization';
import type { ConnectionOptions } from './connection-options';
import type { ErrorListener } from './error-listener';
import type { Exchange } from './exchange';

/** Runs a route's `authorize`, `onOpen` and `onClose` for a connection. Most routes have none. */
export function attachHooks<Request>(
  connection: Connection,
  channels: readonly Channel[],
  exchange: Exchange<Request>,
  { authorize, reauthorize = 60_000, onOpen, onClose }: ConnectionOptions<Request>,
  onError: ErrorListener<Request>,
): void {
  const { request, closing } = exchange;
  closing.follow(connection);
  if (!onOpen && !onClose && !authorize) return;
  // A client that left before its generator's first message was never connected.
  if (connection instanceof Stream && !connection.begun) return;
  if (onOpen || onClose) callHooks(publicConnection(connection), request, { onOpen, onClose }, onError);
  if (authorize && connection instanceof Stream && reauthorize !== Number.POSITIVE_INFINITY) {
    const report = (error: unknown) => onError(error, request);
    new Reauthorization(connection, reauthorize, () => isAuthorized(authorize, request, channels), report);
  }
}

/** Calls `onOpen` now, and `onClose` when the connection is closed. */
export function callHooks<Request>(
  connection: PublicConnection,
  request: Request,
  { onOpen, onClose }: { [Hook in 'onOpen' | 'onClose']: ConnectionOptions<Request>[Hook] | undefined },
  onError: ErrorListener<Request>,
): void {
  const attempt = async (hook: () => unknown, isClosing = false) => {
    try {
      await hook();
    } catch (error) {
      if (!(isClosing && isOfClosedHub(error))) onError(error, request);
    }
  };
  if (onOpen) attempt(() => onOpen(connection, request));
  if (onClose) connection.closed.then((reason) => attempt(() => onClose(reason, connection, request), true));
}

/**
 * True for the error of a publish after the hub's `close()`. An `onClose` that tells others who has
 * left then has nobody to tell, and each connection of the hub would report it.
 */
const isOfClosedHub = (error: unknown): boolean => error instanceof PushwireError && error.code === 'hub-closed';
