import type { Message } from '../log/message';
import { runTooLarge } from './failures';
import type { RunSize } from './start-options';

/** Counts the messages of a run and their bytes. */
export class RunTally {
  #count = 0;
  #bytes = 0;

  constructor(readonly most: RunSize) {}

  /** @throws PushwireError `run-too-large` if the run is too large with the message. */
  add({ size }: Message): void {
    this.#count++;
    this.#bytes += size;
    if (this.#count > this.most.count || this.#bytes > this.most.bytes) throw runTooLarge(this.most);
  }
}
