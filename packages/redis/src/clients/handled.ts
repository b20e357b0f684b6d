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
      if (result instanceof Promise) result.catch(() => {});
      return result;
    };
  }
}
