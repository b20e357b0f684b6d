import { misuse } from '../checks/errors';
import type { CloseReason } from '../delivery/close-reason';
import { checkReason } from '../delivery/named-connection';
import type { StreamWriter } from '../delivery/stream-writer';
import type { TransportName } from '../encoders/transport-name';
import type { LazySignal } from '../http/lazy-signal';
import type { HandFeed } from '../http/source';
import { randomId } from '../hub/open-connections';
import { checkRetry, checkSize, createMessage } from '../log/message';
import { checkId, type MessageFields, OutgoingMessage, readFields } from '../log/outgoing-message';
import { systemClock } from '../time/clock';
import type { OpenStream } from './public-stream';

/** An {@link OpenStream}, from its request on. */
export class WrittenStream implements OpenStream, HandFeed {
  data: unknown;
  #id: string | undefined;
  readonly #requested: number;
  #writer: StreamWriter | undefined;
  /** The reason why there is no writer. */
  #refusal: CloseReason | undefined;
  #hasEnded = false;
  #settle: (() => void) | undefined;
  readonly #transport: TransportName;
  readonly #closing: LazySignal;

  constructor(
    transport: TransportName | 'post',
    readonly lastEventId: string | undefined,
    closing: LazySignal,
    readonly maxPending: number | undefined,
    readonly isBare = false,
  ) {
    // A POST is answered, so its stream is closed from the beginning.
    this.#transport = transport === 'post' ? 'websocket' : transport;
    this.#closing = closing;
    this.#requested = Math.floor(systemClock.now());
  }

  opened(writer: StreamWriter): void {
    this.#writer = writer;
    writer.named = this;
    this.#settle?.();
  }

  refused(reason: CloseReason): void {
    if (this.#writer === undefined) this.#refusal ??= reason;
    this.#settle?.();
  }

  onClosing(): void {
    this.#closing.abort();
  }

  /** Settles once it is known whether there is a stream. */
  get settled(): Promise<void> {
    if (this.#writer !== undefined || this.#refusal !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get id(): string {
    this.#id ??= this.#writer ? this.#writer.host.identify(this.#writer) : randomId();
    return this.#id;
  }

  /** A stream that is closed from the beginning has the time of its request. */
  get since(): number {
    return this.#writer?.since ?? this.#requested;
  }

  get transport(): TransportName {
    return this.#writer?.transport ?? this.#transport;
  }

  get channels(): readonly string[] {
    return [];
  }

  get reason(): CloseReason | undefined {
    return this.#writer ? this.#writer.reason : this.#refusal;
  }

  get closed(): Promise<CloseReason> {
    return this.#writer?.closed ?? Promise.resolve(this.#refusal ?? 'left');
  }

  get signal(): AbortSignal {
    return this.#closing.signalOrSoon;
  }

  send(data: unknown, fields?: MessageFields): boolean {
    this.#checkOpen('send');
    const { event, id, retry } = readFields(data, fields);
    const message = createMessage(OutgoingMessage.isMessage(data) ? data.data : data, event);
    if (id !== undefined) checkId(id);
    if (retry !== undefined) checkRetry(retry);
    const writer = this.#writer;
    if (writer === undefined) return false;
    checkSize(message, writer.host.maxMessageBytes);
    return writer.send(message, id, retry);
  }

  comment(text: string): boolean {
    this.#checkOpen('comment');
    if (typeof text !== 'string') throw misuse('comment', 'a string', text);
    return this.#writer?.comment(text) ?? false;
  }

  retry(ms: number): boolean {
    this.#checkOpen('retry');
    checkRetry(ms);
    return this.#writer?.reconnection(ms) ?? false;
  }

  write(lines: string): boolean {
    this.#checkOpen('write');
    if (!this.isBare) throw new TypeError("write: expected a stream with the options bare and transport: 'sse'");
    if (typeof lines !== 'string' || !/[\r\n]$/.test(lines)) throw misuse('write', 'lines, each with its end', lines);
    const writer = this.#writer;
    if (writer === undefined) return false;
    checkSize({ size: Buffer.byteLength(lines) }, writer.host.maxMessageBytes);
    return writer.writeLines(lines);
  }

  flush(): void {
    this.#writer?.flush();
  }

  ready(): Promise<void> {
    return this.#writer?.ready() ?? Promise.resolve();
  }

  end(): void {
    this.#hasEnded = true;
    this.#writer?.end();
  }

  close(reason: CloseReason = 'ended'): void {
    checkReason(reason);
    this.#writer?.close(reason);
  }

  #checkOpen(method: string): void {
    if (this.#hasEnded) throw new TypeError(`${method}: expected a stream that has not ended, but end() was called`);
  }
}
