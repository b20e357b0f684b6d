import { misuse } from '../checks/errors';
import type { PublishOptions } from '../log/message';
import { aFunction, amount, checkOptions, milliseconds } from '../checks/check-options';
import type { Source } from '../http/source';
import { type ConnectionOptions, connectionChecks } from '../http/connection-options';
import type { Framework } from '../http/framework';
import { isMessage, messageReceiver } from './post-receiver';
import { type Receive, type Serve, type Visit, visiting } from '../http/exchange';
import { type SocketOptions, socketChecks, socketSettings } from './options';
import { webSocketReceiver } from '../node/web-socket-receiver';

/** The client of one WebSocket, or one that has sent a message by POST, as `onMessage` has it. */
export interface WebSocketClient<Request> {
  /** What the framework calls the request of the handshake, or of the POST. */
  readonly request: Request;
  /**
   * Sends data to this client alone; it is in no history. The answer to a POST takes what is sent until `onMessage` has
   * settled; after that it rejects with a PushwireError `answered`.
   *
   * @returns a promise that settles when the client's socket takes more: await it, and a client that asks faster than it
   * reads is not read from.
   * @throws TypeError for data that JSON cannot hold or an event name that cannot be sent.
   */
  send(data: unknown, options?: PublishOptions): Promise<void>;
  /**
   * Closes the WebSocket, with 1000 and no reason unless others are given; a POST is answered with 403 and the reason.
   *
   * @param code 1000, or 3000 to 4999, which are for apps (RFC 6455, 7.4.2).
   * @param reason at most 123 bytes.
   * @throws TypeError for another code or a longer reason.
   */
  close(code?: number, reason?: string): void;
}

/** Options of `webSocket()`. */
export interface WebSocketOptions<Request> extends SocketOptions<Request>, ConnectionOptions<Request> {
  /**
   * Takes what the client sends, text as a string and binary as a Buffer, one after the other. While it works (until its
   * promise settles), nothing more is read from that client. What it throws closes with 1011. It takes what clients of the
   * other transports POST to the route, too; what it throws then is the framework's to answer. Default: what clients send is
   * thrown away.
   */
  onMessage?: (data: string | Buffer, client: WebSocketClient<Request>) => unknown;
  /**
   * How many messages a client may send in a second; more closes with 1008. Default 100. By POST, where more are answered with
   * 429, clients are told apart by `clientKey`, or by the address that the framework says, the last 10,000 of them.
   */
  messagesPerSecond?: number;
  /** Milliseconds of silence after which a `pushwire.v1` client gets a heartbeat. Default: the hub's, 15,000. */
  heartbeat?: number;
  /** Milliseconds that a client should wait before it comes back, spread by a quarter. Default: the hub's, 3,000. */
  retry?: number;
  /** Milliseconds that are waited for more when something was published. Default: the hub's, 0. */
  linger?: number;
}

/** @throws TypeError for an option that does not fit. */
export function checkWebSocketOptions<Request>(options: WebSocketOptions<Request> | undefined) {
  return checkOptions<WebSocketOptions<Request>>('webSocket', options, {
    ...socketChecks,
    ...connectionChecks,
    onMessage: aFunction,
    messagesPerSecond: amount(1),
    heartbeat: milliseconds(100),
    retry: milliseconds(500),
    linger: milliseconds(0),
  });
}

/**
 * The heart of every adapter's `webSocket()`: a function that serves a source over WebSocket to requests that came through
 * `acceptUpgrades()`.
 *
 * @see serveSse for what it does with errors.
 * @throws TypeError for a source or an option that does not fit, or without `framework.WebSocketServer`.
 */
export function serveWebSocket<Request>(
  source: Source<Request>,
  options: WebSocketOptions<Request> | undefined,
  framework: Framework<Request>,
): Serve<Request> {
  return visiting(source, webSocketTransport(checkWebSocketOptions(options), framework), framework);
}

/** WebSocket as one of the transports of a route. */
export function webSocketTransport<Request>(
  options: WebSocketOptions<Request>,
  { WebSocketServer, logError }: Framework<Request>,
): (visit: Visit<Request>) => Receive<Request> {
  if (WebSocketServer === undefined) throw misuse('WebSocketServer', 'the one of ws', WebSocketServer);
  const onError = options.onError ?? logError;
  const open = webSocketReceiver({ ...options, ...(onError && { onError }) }, socketSettings(options), WebSocketServer);
  const take = options.onMessage && messageReceiver(options, options.onMessage);
  return (visit) => (take && isMessage(visit) ? take(visit) : open(visit));
}
