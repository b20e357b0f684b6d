import { aFunction, checkOptions, integer, milliseconds } from '../checks/check-options';
import { type ConnectionOptions, connectionChecks } from '../http/connection-options';
import type { AnswerError } from './answer-error';
import type { WebSocketClient } from './client';
import { ClientRates } from './client-rates';
import { type SocketOptions, socketChecks } from './socket-options';

/** Options of `webSocket()`. */
export interface WebSocketOptions<Request> extends SocketOptions<Request>, ConnectionOptions<Request> {
  /**
   * Receives the messages of clients, text as a string and binary data as a Buffer. It gets one
   * message of a client at a time. The socket is paused until it settles; if it throws, `onError`
   * is called and the socket closes with 1011.
   *
   * It also receives what clients of other transports POST to the route. If it throws then, the
   * error goes to the framework.
   *
   * A client that has asked by `request()` gets what it returns as the answer, `undefined` too. If
   * it throws an {@link AnswerError}, that client gets its code and message. Another error
   * is told to that client by its HTTP `status`, or 500, and its socket stays open. A client that
   * has used `send()` gets no answer.
   *
   * No default: messages of clients are dropped.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the app says what it keeps, and of which request
  onMessage?(data: string | Buffer, client: WebSocketClient<Request, any>): unknown;
  /**
   * The maximum number of messages that a client may send per second. A further message of one
   * socket closes it with 1008, and a further POST is answered with 429. The sockets of one client
   * that are too fast only together are read no faster than this. Clients are told apart by the
   * hub's `clientKey`, or else by their address. The last 10000 clients are counted. Defaults to
   * 100.
   */
  messagesPerSecond?: number;
  /**
   * Milliseconds in which the body of a POST must arrive. A slower one is answered with 408, and
   * its connection is closed. Defaults to 30000 ms.
   */
  bodyTimeout?: number;
  /**
   * Milliseconds of silence before a heartbeat is sent to a `pushwire.v1` client. Defaults to the
   * hub's, 15000.
   */
  heartbeat?: number;
  /**
   * Milliseconds that the client should wait before it reconnects, spread by a quarter. Defaults to
   * the hub's, 3000 ms.
   */
  retry?: number;
  /**
   * Milliseconds to wait for more messages after a publish, so that they go out in one write.
   * Defaults to the hub's, 0 ms.
   */
  batchDelay?: number;
}

const defaultMessagesPerSecond = 100;

/** In ms. */
export const defaultBodyTimeout = 30_000;

/** Makes the counters of a route's clients. */
export function ratesFor<Request>({ messagesPerSecond }: WebSocketOptions<Request>): ClientRates {
  return new ClientRates(messagesPerSecond ?? defaultMessagesPerSecond);
}

const checks = {
  ...socketChecks,
  ...connectionChecks,
  onMessage: aFunction,
  messagesPerSecond: integer(1),
  bodyTimeout: milliseconds(1),
  heartbeat: milliseconds(100),
  retry: milliseconds(500),
  batchDelay: milliseconds(0),
};

/** @throws TypeError for an option that does not fit. */
export function checkWebSocketOptions<Request>(options: WebSocketOptions<Request> | undefined) {
  return checkOptions<WebSocketOptions<Request>>('webSocket', options, checks);
}
