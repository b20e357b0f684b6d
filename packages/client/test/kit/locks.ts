import type { Locks as LockManager } from '../../src/shared';

interface Request {
  act(): Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** Web Locks of one browser, exclusive ones: requests queue by name, or steal. */
export class Locks implements LockManager {
  readonly #queues = new Map<string, Request[]>();
  readonly #holders = new Map<string, Request>();

  readonly request: LockManager['request'] = (name, { signal, steal }, act) =>
    new Promise<void>((resolve, reject) => {
      const request = { act, resolve, reject };
      const queue = this.#queues.get(name) ?? [];
      this.#queues.set(name, queue);
      signal?.addEventListener('abort', () => {
        if (!queue.includes(request)) return;
        queue.splice(queue.indexOf(request), 1);
        reject(signal.reason);
      });
      if (steal) {
        this.#holders.get(name)?.reject(new DOMException('Another request stole the lock', 'AbortError'));
        this.#holders.delete(name);
        queue.unshift(request);
      } else queue.push(request);
      this.#grant(name);
    });

  #grant(name: string): void {
    if (this.#holders.has(name)) return;
    const request = this.#queues.get(name)?.shift();
    if (!request) return;
    this.#holders.set(name, request);
    // Browsers grant in a task of its own.
    setImmediate(async () => {
      const held = request.act();
      held.then(request.resolve, request.reject);
      await held.catch(() => {});
      if (this.#holders.get(name) !== request) return;
      this.#holders.delete(name);
      this.#grant(name);
    });
  }
}
