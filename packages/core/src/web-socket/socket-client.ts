import type { CloseReason } from '../delivery/close-reason';
import type { Connection } from '../delivery/connection';
import { checkReason } from '../delivery/named-connection';
import { bytesOf } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import type { Engine } from '../hub/engine';
import { randomId } from '../hub/open-connections';
import { checkSize, type SendOptions } from '../log/message';
import { messageFrom } from '../log/outgoing-message';
import { checkClose, type WebSocketClient } from './client';
import type { WebSocketSink } from './sink';

/**
 * The client of one WebSocket. A message may come before its source has settled, so it exists
 * before its connection does, and stands for that from then on.
 */
export class SocketClient<Request> implements WebSocketClient<Request> {
  readonly transport = 'websocket';
  data: unknown;
  readonly request: Request;
  readonly #engine: Engine;
  readonly #sink: WebSocketSink;
  readonly #encoder: Encoder;
  readonly #dropMessages: () => void;
  readonly #opened: number;
  #id: string | undefined;
  #connection: Connection | undefined;
  /** Why there is no connection. */
  #refusal: CloseReason | undefined;
  #whenClosed: ((reason: CloseReason | Promise<CloseReason>) => void)[] = [];

  constructor(request: Request, engine: Engine, sink: WebSocketSink, encoder: Encoder, dropMessages: () => void) {
    this.request = request;
    this.#engine = engine;
    this.#sink = sink;
    this.#encoder = encoder;
    this.#dropMessages = dropMessages;
    this.#opened = engine.clock.now();
  }

  /** The client has a connection, which has no other name from now on. */
  connected(connection: Connection): void {
    this.#connection = connection;
    connection.named = this;
    if (this.#id !== undefined) this.#engine.identify(connection, this.#id);
    for (const resolve of this.#whenClosed.splice(0)) resolve(connection.closed);
  }

  /** There will be no connection. */
  refused(reason: CloseReason): void {
    this.#refusal ??= reason;
    for (const resolve of this.#whenClosed.splice(0)) resolve(reason);
  }

  get id(): string {
    this.#id ??= this.#connection ? this.#engine.identify(this.#connection) : randomId();
    return this.#id;
  }

  get channels(): readonly string[] {
    return this.#connection?.channels ?? [];
  }

  get since(): number {
    return this.#connection?.since ?? this.#opened;
  }

  get reason(): CloseReason | undefined {
    return this.#connection ? this.#connection.reason : this.#refusal;
  }

  get closed(): Promise<CloseReason> {
    if (this.#connection) return this.#connection.closed;
    if (this.#refusal !== undefined) return Promise.resolve(this.#refusal);
    return new Promise((resolve) => this.#whenClosed.push(resolve));
  }

  send(data: unknown, options?: SendOptions): boolean {
    const message = messageFrom(data, options);
    checkSize(message, this.#engine.maxMessageBytes);
    if (this.#connection) return this.#connection.sendAlone(message);
    const sink = this.#sink;
    if (sink.gone) return false;
    const bytes = bytesOf([this.#encoder.message(message)]);
    if (sink.pending > 0 && sink.pending + bytes.byteLength > this.#engine.settings.maxPending) {
      sink.end('overrun');
      return false;
    }
    sink.write(bytes);
    return sink.pending === 0;
  }

  ready(): Promise<void> {
    return this.#connection?.ready() ?? this.#sink.whenDrained();
  }

  close(codeOrReason: number | CloseReason = 'ended', text = ''): void {
    this.#connection?.flush();
    if (typeof codeOrReason !== 'string') {
      checkClose(codeOrReason, text);
      this.#dropMessages();
      this.#sink.close('ended', codeOrReason, text);
      return;
    }
    checkReason(codeOrReason);
    this.#dropMessages();
    if (this.#connection === undefined) this.#sink.end(codeOrReason);
    else this.#connection.close(codeOrReason);
  }
}
