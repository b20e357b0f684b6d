/** Tells the sizes of the answers whose URLs hold the marker, as the browser measured them: `tell(bytes)`. */
export function watchTransfers(marker, signal, tell) {
  const observer = new PerformanceObserver((list) => {
    for (const { name, transferSize } of list.getEntries()) if (name.includes(marker)) tell(transferSize);
  });
  observer.observe({ type: 'resource' });
  signal.addEventListener('abort', () => observer.disconnect(), { once: true });
}

/** The bytes of a text in UTF-8. */
export function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}
