import type { HubRefusal } from '../delivery/close-reason';

/** A request whose source or `authorize` has not settled yet. */
export interface PendingRequest {
  /** The key of its client, where the hub knows it. */
  readonly client: string | undefined;
  /** Answers the request that the hub has no room for it. It is forgotten when that is done. */
  refuse(reason: HubRefusal): void;
  /** Answers the request that its client may not have what it wants. */
  forbid(): void;
}

/** The requests of a hub that are not connections yet. */
export class PendingRequests {
  readonly #all = new Set<PendingRequest>();
  #onNone: (() => void) | undefined;

  add(request: PendingRequest): void {
    this.#all.add(request);
  }

  remove(request: PendingRequest): void {
    this.#all.delete(request);
    if (this.#all.size === 0) this.#onNone?.();
  }

  /** Answers those of a client. */
  forbid(client: string): void {
    for (const request of this.#all) if (request.client === client) request.forbid();
  }

  /** Answers all of them. Resolves when they are answered. */
  async refuseAll(reason: HubRefusal): Promise<void> {
    if (this.#all.size === 0) return;
    const none = new Promise<void>((resolve) => {
      this.#onNone = resolve;
    });
    for (const request of this.#all) request.refuse(reason);
    await none;
  }
}
