type Method = (...given: never[]) => unknown;

/**
 * Replaces methods of an object by ones that do the same. A library calls them and drops their
 * promises, whose rejections would end the process. Whoever awaits one still gets the error.
 */
export function handleRejections(target: object, ...names: readonly string[]): void {
  const methods = target as Record<string, Method | undefined>;
  for (const name of names) {
    const method = methods[name];
    if (method === undefined) continue;
    methods[name] = (...given) => {
      const result = method.apply(target, given);
      handle(result);
      return result;
    };
  }
}

export interface Emitter {
  listeners(event: string): readonly unknown[];
  off(event: string, listener: Method): this;
  on(event: string, listener: Method): this;
}

/**
 * Does the same for the listeners that an event has now.
 *
 * @param failed gets each error.
 */
export function handleListeners(emitter: Emitter, event: string, failed: (error: unknown) => void): void {
  for (const listener of emitter.listeners(event) as readonly Method[]) {
    emitter.off(event, listener);
    emitter.on(event, (...given) => handle(listener.apply(emitter, given), failed));
  }
}

function handle(result: unknown, failed: (error: unknown) => void = () => {}): void {
  if (result instanceof Promise) result.catch(failed);
}
