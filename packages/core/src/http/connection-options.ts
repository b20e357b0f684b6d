import { aFunction, milliseconds } from '../checks/check-options';
import type { CloseReason } from '../delivery/close-reason';
import type { Connection } from '../delivery/connection';
import type { Channel } from '../hub/channel';

/** What an app may want to say, or to hear, of each connection of a route, whatever the transport. */
export interface ConnectionOptions<Request> {
  /**
   * Whether this client may have these channels (none for an async generator). It is asked at connect, on each poll, and
   * every `reauthorize` ms while a stream or WebSocket goes on. `false` answers 403 at first, and later ends the connection
   * and has the client come back, to get its 403 then. What it throws at first is the framework's to answer; later it counts
   * as `false`, and so does an answer that takes longer than `reauthorize`. Default: your middleware has let the request in.
   */
  authorize?: (request: Request, channels: readonly Channel[]) => boolean | Promise<boolean>;
  /** Milliseconds after which `authorize` is asked again; `Infinity` for never. Default 60,000. */
  reauthorize?: number;
  /** A client is connected: its stream has begun, its WebSocket is open, or its poll is held. What it throws goes to `onError`. */
  onOpen?: (connection: Connection, request: Request) => unknown;
  /** The same connection is over. A client that left behind a proxy is often noticed by the next heartbeat alone. */
  onClose?: (reason: CloseReason, connection: Connection, request: Request) => unknown;
}

export const connectionChecks = {
  authorize: aFunction,
  reauthorize: milliseconds(1000, { infinity: true }),
  onOpen: aFunction,
  onClose: aFunction,
};
