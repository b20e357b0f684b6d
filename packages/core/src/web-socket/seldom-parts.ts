import type { Place } from '../delivery/admission';
import type { CloseReason } from '../delivery/close-reason';

interface Parts {
  client?: string | undefined;
  place?: Place | undefined;
  reason?: CloseReason | undefined;
  waiters?: (() => void)[] | undefined;
}

/**
 * The parts of a sink that most idle ones lack. They are made on demand, since an idle WebSocket
 * should take little more memory than its library needs.
 */
export class SeldomParts {
  #parts: Parts | undefined;

  get client(): string | undefined {
    return this.#parts?.client;
  }

  set client(client: string | undefined) {
    this.set('client', client);
  }

  get place(): Place | undefined {
    return this.#parts?.place;
  }

  set place(place: Place | undefined) {
    this.set('place', place);
  }

  /** Why it closes. */
  protected get reason(): CloseReason | undefined {
    return this.#parts?.reason;
  }

  protected set reason(reason: CloseReason | undefined) {
    this.set('reason', reason);
  }

  /** Settles when the next {@link releaseWaiters} is called. */
  protected nextRelease(): Promise<void> {
    const waiters = this.#parts?.waiters ?? [];
    this.set('waiters', waiters);
    return new Promise((resolve) => waiters.push(resolve));
  }

  protected releaseWaiters(): void {
    const waiters = this.#parts?.waiters;
    if (waiters === undefined) return;
    this.set('waiters', undefined);
    for (const resolve of waiters) resolve();
  }

  /** A method with `#` would take 8 bytes of each sink. */
  private set<Name extends keyof Parts>(name: Name, part: Parts[Name]): void {
    if (part === undefined && this.#parts === undefined) return;
    this.#parts ??= {};
    this.#parts[name] = part;
  }
}
