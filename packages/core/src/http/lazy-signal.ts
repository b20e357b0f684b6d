import type { Connection } from '../delivery/connection';
import { captureContext, type RunInContext } from '../time/async-context';

/**
 * An AbortSignal that is made on demand. Few sources ask for theirs, and making one would be a
 * large part of the cost of accepting a client.
 */
export class LazySignal {
  #controller: AbortController | undefined;
  /** The context of the request that asked for the signal, in which its listeners run. */
  #inContext: RunInContext | undefined;
  #connection: Connection | undefined;
  #aborted = false;
  #isExpecting = false;
  #onAbort: (() => void) | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      this.#inContext = captureContext();
      if (this.#aborted) this.#controller.abort();
      this.#watch();
    }
    return this.#controller.signal;
  }

  /**
   * The signal for an app that gets it when it may be over already. If it is, it fires in the next
   * turn, since a signal that has fired calls no listener that is added then.
   */
  get signalOrSoon(): AbortSignal {
    if (this.#controller || !this.#aborted) return this.signal;
    const controller = new AbortController();
    this.#controller = controller;
    setImmediate(() => controller.abort());
    return controller.signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#inContext?.(() => this.#controller?.abort());
    this.#onAbort?.();
    this.#onAbort = undefined;
  }

  /** Calls a listener once, when the signal fires. It may have fired already. */
  onAbort(listener: () => void): void {
    if (this.#aborted) listener();
    else this.#onAbort = listener;
  }

  /** A handshake is under way. It ends with a connection, or aborts the signal. */
  expectConnection(): void {
    this.#isExpecting = true;
  }

  /** Fires the signal unless there is a connection, or may be one: the request was answered. */
  abortUnlessConnected(): void {
    if (this.#connection === undefined && !this.#isExpecting) this.abort();
  }

  /** Also fires the signal when the connection closes. */
  follow(connection: Connection): void {
    this.#connection = connection;
    this.#watch();
  }

  #watch(): void {
    if (this.#controller) this.#connection?.closed.then(() => this.abort());
  }
}
