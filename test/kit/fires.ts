/** Resolves with true when a signal has fired, or does. */
export function fires(signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve(true);
    signal?.addEventListener('abort', () => resolve(true));
  });
}
