import type { TransportName } from '../encoders/transport-name';
import type { Message } from '../log/message';
import type { CloseReason } from './close-reason';
import { Connection, type ConnectionHost } from './connection';
import type { AnswerSink, AnswerTarget } from './sink';
import type { WriterListener } from './stream-writer';

/** The headers of an answer that is for one client alone, and for this time alone. */
const answerHeaders = { 'Cache-Control': 'private, no-store', 'X-Content-Type-Options': 'nosniff' };

/** The parts of a route that a {@link PollWriter} uses. */
export interface PollFormat {
  readonly transport: TransportName;
  /** The media type of the bodies. JSON by default. */
  readonly contentType: string | undefined;
  /** The status of an answer without a message, which then has no body. 200 with one by default. */
  readonly emptyStatus: number | undefined;
  /** Makes the body of an answer with these messages, which have no ids. */
  bodyOf(messages: readonly Message[]): string;
}

/** A poll that the app answers itself, once and without a log. */
export class PollWriter extends Connection {
  readonly #format: PollFormat;
  readonly #answers: AnswerTarget;
  readonly #sink: AnswerSink;
  readonly #listener: WriterListener;
  /** Messages of code that knows the connection only. They answer it when the turn is over. */
  #direct: readonly Message[] = [];

  /**
   * @param answers takes the app's answer, which a framework may keep until its handler has
   * returned. Other answers go to the sink at once.
   */
  constructor(
    host: ConnectionHost,
    sink: AnswerSink,
    answers: AnswerTarget,
    format: PollFormat,
    listener: WriterListener,
  ) {
    super(host, sink);
    this.#sink = sink;
    this.#format = format;
    this.#answers = answers;
    this.#listener = listener;
  }

  get transport(): TransportName {
    return this.#format.transport;
  }

  /** Waits for the app's answer for at most `wait` ms. */
  hold(wait: number): void {
    this.register();
    this.host.timers.add(this, wait);
  }

  /**
   * Answers with a text. Returns false if the poll is answered or its client has left.
   *
   * @param messages the number of messages in the body.
   */
  answer(text: string, messages: number, reason: CloseReason, to = this.#answers): boolean {
    if (this.reason !== undefined) return false;
    const { contentType = 'application/json; charset=utf-8', emptyStatus } = this.#format;
    if (emptyStatus !== undefined && messages === 0 && reason !== 'ended') {
      this.host.observer.wrote(this, 1, 0, 0);
      this.startClosing(reason);
      to.answer(emptyStatus, answerHeaders);
      return true;
    }
    const body = Buffer.from(text);
    this.host.observer.wrote(this, 1, messages, body.byteLength);
    this.startClosing(reason);
    to.answer(200, { 'Content-Type': contentType, ...answerHeaders }, body);
    return true;
  }

  /** Answers without a message of the app when the wait is over. */
  tick(): undefined {
    this.close('answered');
  }

  get direct(): readonly Message[] {
    return this.#direct;
  }

  sendAlone(message: Message): boolean {
    if (this.reason !== undefined) return false;
    if (this.#direct.length === 0) this.host.timers.clock.soon(() => this.close('answered'));
    this.#direct = [...this.#direct, message];
    return true;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  onDrain(): void {
    // A waiting poll has written nothing that could drain.
  }

  /** Answers without a message of the app; with 500 when it has failed. */
  close(reason: CloseReason): void {
    if (this.reason !== undefined) return;
    try {
      if (reason !== 'failed') {
        this.answer(this.#format.bodyOf(this.#direct), this.#direct.length, reason, this.#sink);
        return;
      }
    } catch (error) {
      this.host.observer.failed(error, 'the `envelope` option of a poll threw');
    }
    this.startClosing('failed');
    // A framework may have answered with the error.
    if (!this.#sink.gone) this.#sink.answer(500, { 'Cache-Control': 'no-store' });
  }

  protected release(): void {
    this.#listener.onClosing();
  }
}
