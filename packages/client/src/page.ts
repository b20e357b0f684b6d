/** What a page's life means to a connection. */
export type PageInput = 'offline' | 'online' | 'freeze' | 'thaw' | 'look';

/**
 * Tells what happens to the page: its network goes and comes back; it is put aside, where an open connection would keep it out
 * of the back/forward cache or be cut in silence, and is taken up again; somebody looks at it, maybe after the machine has slept.
 *
 * @returns what ends the watch. Where there is no page there is nothing to watch.
 */
export function watchPage(hear: (input: PageInput) => void): () => void {
  const undo: (() => void)[] = [];
  const on = (
    target: EventTarget | undefined,
    type: string,
    input: PageInput,
    fits: (event: Event) => unknown = () => true,
  ) => {
    const listener = (event: Event) => {
      if (fits(event)) hear(input);
    };
    target?.addEventListener(type, listener);
    undo.push(() => target?.removeEventListener(type, listener));
  };
  const { document, window } = globalThis as Partial<typeof globalThis>;
  const isKept = (event: Event) => (event as PageTransitionEvent).persisted;
  on(window, 'offline', 'offline');
  on(window, 'online', 'online');
  on(window, 'pagehide', 'freeze', isKept);
  on(window, 'pageshow', 'thaw', isKept);
  on(document, 'freeze', 'freeze');
  on(document, 'resume', 'thaw');
  on(document, 'visibilitychange', 'look', () => document?.visibilityState === 'visible');
  return () => {
    for (const each of undo) each();
  };
}
