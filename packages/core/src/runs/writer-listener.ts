import type { RunRecord } from '../backplanes/run-store';
import type { Outcome } from '../log/outcome';

/** Receives what becomes of the writes of a run. */
export interface WriterListener {
  /** A write is about to begin, so that there is room for more messages. */
  onRoom(): void;
  onStop(reason: string): void;
  /** The run has ended by a write of this writer. */
  onEnded(outcome: Outcome): void;
  /** The writer is no longer the owner. `record` is the newest run, as the store has it. */
  onFenced(record: RunRecord | undefined): void;
  /** The store could not be reached until the lease was over. */
  onUnreachable(error: unknown): void;
  /** The store refuses messages, which are dropped. The run must end, which may be written. */
  onRefused(error: unknown): void;
}
