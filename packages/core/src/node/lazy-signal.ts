/** An AbortSignal that exists when somebody has asked for it: most never do, and it would be a good part of accepting a client. */
export class LazySignal {
  #controller: AbortController | undefined;
  #aborted = false;

  /** Whether somebody may wait for it. */
  get asked(): boolean {
    return this.#controller !== undefined;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}
