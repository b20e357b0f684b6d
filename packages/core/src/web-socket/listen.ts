import { isPromise } from '../checks/errors';
import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import type { Exchange } from '../http/exchange';
import { sendsFrames } from '../http/query';
import type { WebSocketLike } from '../http/ws-library';
import type { Engine } from '../hub/engine';
import { captureContext } from '../time/async-context';
import type { WebSocketClient } from './client';
import { frameReceiver } from './frame-receiver';
import { Inbox, type InboxLimits } from './inbox';
import type { WebSocketOptions } from './options';
import type { WebSocketSink } from './sink';

/** The parts of a session that receiving messages uses. */
export interface ListenHost<Request> {
  readonly client: WebSocketClient<Request>;
  readonly engine: Engine;
  readonly exchange: Exchange<Request>;
  readonly options: WebSocketOptions<Request>;
  readonly encoder: Encoder;
  readonly sink: WebSocketSink;
  /** Writes after what was published before. */
  write(chunk: Chunk): void;
  /** Changes what the connection follows. */
  changeTopics(topics: unknown): Promise<void>;
  /** Tells the app of an error. */
  report(error: unknown): void;
  /** Tells the app of an error, and closes the connection. */
  fail(error: unknown): void;
}

/**
 * Bytes of messages that may wait for the handler. One read of the socket, inflated, fits into
 * them.
 */
export const maxWaiting = (maxPayload: number): number => 2 * Math.max(maxPayload, 64 * 1024);

/**
 * Passes what a client sends to the app, in the async context of now.
 *
 * @returns the inbox in which the messages wait.
 */
export function listen<Request>(
  webSocket: WebSocketLike,
  limits: InboxLimits,
  host: ListenHost<Request>,
): Inbox<string | Buffer> {
  const { client, engine, exchange, encoder, sink } = host;
  const inContext = captureContext();
  const { onMessage } = host.options;
  const handle =
    onMessage &&
    ((data: string | Buffer) =>
      untilTaken(
        sink,
        inContext(() => onMessage(data, client)),
      ));
  const receiveFrame = () =>
    frameReceiver({
      handle,
      maxBytes: engine.maxMessageBytes,
      changeTopics: (topics) => inContext(() => host.changeTopics(topics)),
      send: (text) => {
        host.write(encoder.frame?.(text) ?? '');
        return sink.whenDrained();
      },
      report: (error) => inContext(() => host.report(error)),
      refuse: (closeCode) => sink.close('refused', closeCode, 'refused'),
    });
  const receive = handle && !sendsFrames(exchange.query) ? handle : receiveFrame();
  const inbox = new Inbox<string | Buffer>(engine.clock, limits, receive, {
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
    refuse: () => sink.end('refused'),
    failed: (error) => inContext(() => host.fail(error)),
    // The client learns that the app has handled its messages.
    handled: (count) => {
      const frame = encoder.received?.(count);
      if (frame) sink.write(bytesOf([frame]));
    },
  });
  webSocket.on('message', (data, isBinary) => {
    // Messages that arrive after a close from this side are dropped.
    if (!sink.gone) inbox.receive(isBinary ? data : data.toString());
  });
  return inbox;
}

/** A client that asks faster than it reads is not read from. */
function untilTaken(sink: WebSocketSink, handling: unknown): unknown {
  if (isPromise(handling)) return handling.then((result) => sink.whenDrained().then(() => result));
  return sink.pending === 0 || sink.gone ? handling : sink.whenDrained().then(() => handling);
}
