import type { CloseReason } from './close-reason';

/** Who is told what happens to a {@link Sink}. */
export interface SinkListener {
  /** What was pending has gone out. */
  onDrain(): void;
  /** The peer is gone, or everything has been sent after `end`. Comes once. `reason` where it is not that the peer left. */
  onClose(reason?: CloseReason): void;
  /** Another sink has taken the place of this one, and is where this was. */
  moveTo?(sink: Sink): void;
}

/** Where bytes go: the only I/O that a connection sees. */
export interface Sink {
  listener: SinkListener | undefined;
  /** Who is at the other end, where clients are told apart. */
  readonly client?: string | undefined;
  /**
   * Bytes that were written and that the peer's socket has not taken; 0 while the sink takes more. When it is more than
   * 0, `drained` will come.
   */
  readonly pending: number;
  /** Whether the peer is known to have left. */
  readonly gone: boolean;
  /**
   * Sends the head of a stream. Comes once, before anything is written. `fastPath`: bytes may go past what stands between
   * the connection and its socket, where that changes nothing.
   */
  begin(contentType: string, fastPath?: boolean): void;
  write(bytes: Uint8Array): void;
  /** No more bytes, for a reason. `closed` follows when all that was written is out. */
  end(reason: CloseReason): void;
  /** Ends at once; what is pending is lost. `closed` follows. */
  destroy(): void;
}

/** Where an answer as a whole goes. */
export interface Answers {
  answer(status: number, headers: Readonly<Record<string, string>>, body?: Uint8Array): void;
}

/** Where one HTTP response goes, which may also be an answer in the place of a stream; `closed` follows then. */
export interface AnswerSink extends Sink, Answers {}
