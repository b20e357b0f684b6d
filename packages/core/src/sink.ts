/** Who is told what happens to a {@link Sink}. */
export interface SinkListener {
  /** What was pending has gone out. */
  drained(): void;
  /** The peer is gone, or everything has been sent after `end`. Comes once. */
  closed(): void;
}

/** Where bytes go: the only I/O that a connection sees. */
export interface Sink {
  listener: SinkListener | undefined;
  /**
   * Bytes that were written and that the peer's socket has not taken; 0 while the sink takes more. When it is more than
   * 0, `drained` will come.
   */
  readonly pending: number;
  /** Whether the peer is known to have left. */
  readonly gone: boolean;
  /** Answers as a whole, in the place of a stream. `closed` follows. */
  answer(status: number, headers: Readonly<Record<string, string>>, body?: Uint8Array): void;
  /** Sends the head of a stream. Comes once, before anything is written. */
  begin(contentType: string): void;
  write(bytes: Uint8Array): void;
  /** No more bytes. `closed` follows when all that was written is out. */
  end(): void;
}
