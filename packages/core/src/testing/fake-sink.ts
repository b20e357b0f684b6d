import type { CloseReason } from '../delivery/close-reason';
import type { AnswerSink, ForeignHead, SinkListener } from '../delivery/sink';

/**
 * A sink that stores everything that is written to it. A test decides how much its peer takes.
 *
 * @example
 * ```ts
 * import { FakeSink } from '@pushwire/core/testing';
 *
 * const sink = new FakeSink();
 * sink.begin('text/event-stream');
 * sink.write(Buffer.from('data: 1\n\n'));
 * console.log(sink.text);
 * ```
 */
export class FakeSink implements AnswerSink {
  listener: SinkListener | undefined;
  client: string | undefined;
  contentType: string | undefined;
  /** The further headers that `begin()` was called with. */
  headers: Readonly<Record<string, string>> | undefined;
  ended = false;
  gone = false;
  /** True after `destroy()`. */
  destroyed = false;
  /** True after `cut()`, which leaves out the end of the body. */
  wasCut = false;
  /** The reason that `end()` or `cut()` was called with. */
  reason: CloseReason | undefined;
  /** The arguments of `answer()`. */
  answered: { status: number; headers: Readonly<Record<string, string>>; body: string } | undefined;
  /** The written bytes as text, one string per write. */
  readonly writes: string[] = [];
  /** While true, the peer takes nothing, and all written bytes are pending. */
  stalled = false;
  #pending = 0;

  get pending(): number {
    return this.#pending;
  }

  /** All written bytes, as text. */
  get text(): string {
    return this.writes.join('');
  }

  answer(status: number, headers: Readonly<Record<string, string>>, body?: Uint8Array): void {
    this.#checkNotBegun();
    this.answered = { status, headers, body: body ? Buffer.from(body).toString() : '' };
    this.#finish();
  }

  begin(contentType: string, _fastPath = false, foreign?: ForeignHead): void {
    this.#checkNotBegun();
    this.contentType = contentType;
    this.headers = foreign?.headers;
  }

  #checkNotBegun(): void {
    if (this.contentType !== undefined || this.answered) throw new Error('The sink has already begun.');
  }

  write(bytes: Uint8Array): void {
    if (this.contentType === undefined) throw new Error('The sink has not begun.');
    if (this.ended) throw new Error('The sink has ended.');
    this.writes.push(Buffer.from(bytes).toString());
    if (this.stalled) this.#pending += bytes.byteLength;
  }

  end(reason: CloseReason): void {
    this.reason = reason;
    this.#finish();
  }

  cut(reason: CloseReason): void {
    this.wasCut = true;
    this.end(reason);
  }

  #finish(): void {
    this.ended = true;
    if (!this.stalled) this.leave();
  }

  destroy(): void {
    this.destroyed = true;
    this.leave();
  }

  /** The peer takes all pending bytes, and all later ones. */
  drain(): void {
    this.stalled = false;
    const hadPending = this.#pending > 0;
    this.#pending = 0;
    if (this.ended) this.leave();
    else if (hadPending) this.listener?.onDrain();
  }

  /** The peer takes all pending bytes, and then stalls again. */
  drainOnce(): void {
    this.#pending = 0;
    this.listener?.onDrain();
  }

  /** The peer closes the connection. */
  leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.listener?.onClose();
  }
}
