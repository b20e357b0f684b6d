import type { CloseReason } from '../delivery/close-reason';
import type { AnswerSink, SinkListener } from '../delivery/sink';

/** A sink that keeps what it is given, and whose peer takes as much as the test lets it. */
export class FakeSink implements AnswerSink {
  listener: SinkListener | undefined;
  client: string | undefined;
  contentType: string | undefined;
  ended = false;
  gone = false;
  /** What was written, one element for each write. */
  readonly writes: string[] = [];
  /** While true, the peer takes nothing and all that is written is pending. */
  stalled = false;
  #pending = 0;

  get pending(): number {
    return this.#pending;
  }

  /** All that was written. */
  get text(): string {
    return this.writes.join('');
  }

  /** What `answer` was given. */
  answered: { status: number; headers: Readonly<Record<string, string>>; body: string } | undefined;

  answer(status: number, headers: Readonly<Record<string, string>>, body?: Uint8Array): void {
    if (this.contentType !== undefined || this.answered) throw new Error('The sink has begun already.');
    this.answered = { status, headers, body: body ? Buffer.from(body).toString() : '' };
    this.#over();
  }

  begin(contentType: string): void {
    if (this.contentType !== undefined) throw new Error('The sink has begun already.');
    this.contentType = contentType;
  }

  write(bytes: Uint8Array): void {
    if (this.contentType === undefined) throw new Error('The sink has not begun.');
    if (this.ended) throw new Error('The sink has ended.');
    this.writes.push(Buffer.from(bytes).toString());
    if (this.stalled) this.#pending += bytes.byteLength;
  }

  /** Why `end` was called. */
  reason: CloseReason | undefined;

  end(reason: CloseReason): void {
    this.reason = reason;
    this.#over();
  }

  #over(): void {
    this.ended = true;
    if (!this.stalled) this.leave();
  }

  /** Whether `destroy` was called. */
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.leave();
  }

  /** The peer takes all that is pending, and goes on taking. */
  drain(): void {
    this.stalled = false;
    const hadPending = this.#pending > 0;
    this.#pending = 0;
    if (this.ended) this.leave();
    else if (hadPending) this.listener?.onDrain();
  }

  /** The peer takes all that is pending, and then nothing more. */
  sip(): void {
    this.#pending = 0;
    this.listener?.onDrain();
  }

  /** The peer goes away. */
  leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.listener?.onClose();
  }
}
