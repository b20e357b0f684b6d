/**
 * Work that brings something up to date, shared by all who ask while none has begun after they asked: a thousand clients that come back at once
 * are one reading, or two where one was under way already.
 */
export class Latest {
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(readonly work: () => Promise<void>) {}

  /** Settles when the work was done once from beginning to end after this call. */
  run(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    const start = () => {
      this.#next = undefined;
      return this.#start();
    };
    this.#next ??= this.#running.then(start, start);
    return this.#next;
  }

  #start(): Promise<void> {
    const running = this.work().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
