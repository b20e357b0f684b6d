import type { Message } from '../log/message';
import type { RunSize } from './start-options';

/** Counts the messages of a run and their bytes. */
export class RunTally {
  #count = 0;
  #bytes = 0;

  constructor(readonly most: RunSize) {}

  /** Counts a message. Returns false if the run is too large with it. */
  add({ size }: Message): boolean {
    this.#count++;
    this.#bytes += size;
    return this.#count <= this.most.count && this.#bytes <= this.most.bytes;
  }
}
