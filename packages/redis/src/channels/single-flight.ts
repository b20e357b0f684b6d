/**
 * Shares runs of an update between its callers. Every caller waits for a run that began after it
 * asked. So a thousand clients that reconnect at once cause one run, or two if one was in progress.
 */
export class SingleFlight {
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(readonly update: () => Promise<void>) {}

  /** Settles with the first run that begins now or later. */
  run(): Promise<void> {
    if (this.#current === undefined) return this.#start();
    const start = () => {
      this.#next = undefined;
      return this.#start();
    };
    this.#next ??= this.#current.then(start, start);
    return this.#next;
  }

  #start(): Promise<void> {
    const current = this.update().finally(() => {
      if (this.#current === current) this.#current = undefined;
    });
    this.#current = current;
    return current;
  }
}
