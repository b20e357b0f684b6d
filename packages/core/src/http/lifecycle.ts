import type { Channel } from '../hub/channel';
import type { Connection } from '../delivery/connection';
import { Stream } from '../delivery/stream';
import { Reauthorization } from './authorization';
import type { ConnectionOptions } from './connection-options';
import { type LogError, tell } from './error-listener';
import type { Visit } from './exchange';

/** What a route does for a connection as long as it is there; nothing, for most. */
export function accompany<Request>(
  connection: Connection,
  channels: readonly Channel[],
  visit: Visit<Request>,
  { authorize, reauthorize = 60_000, onOpen, onClose }: ConnectionOptions<Request>,
  onError: LogError<Request>,
): void {
  const { request, leaving } = visit;
  leaving.follow(connection);
  if (!onOpen && !onClose && !authorize) return;
  const attempt = async (hook: () => unknown) => {
    try {
      await hook();
    } catch (error) {
      tell(onError, error, request);
    }
  };
  // A client that left while its generator was waited for was never connected.
  if (connection instanceof Stream && !connection.begun) return;
  if (onOpen) attempt(() => onOpen(connection, request));
  if (onClose) connection.closing.then((reason) => attempt(() => onClose(reason, connection, request)));
  if (authorize && connection instanceof Stream && reauthorize !== Number.POSITIVE_INFINITY) {
    const failed = (error: unknown) => tell(onError, error, request);
    new Reauthorization(connection, reauthorize, authorize, request, channels, failed);
  }
}
