/** What a page's life means to a connection; the machine says what each does. */
export type PageInput = 'offline' | 'freeze' | 'back' | 'look';

/**
 * Events of a page: its network is gone; it is put aside, where an open connection would keep it out of the back/forward cache or
 * be cut in silence; it is back from either; it is looked at (or not any more), maybe after the machine has slept.
 */
const inputs: Readonly<Record<string, PageInput>> = {
  offline: 'offline',
  online: 'back',
  pagehide: 'freeze',
  freeze: 'freeze',
  pageshow: 'back',
  resume: 'back',
  visibilitychange: 'look',
};

/**
 * Tells what happens to the page. Where there is no page there is nothing to watch.
 *
 * @param signal ends the watch.
 */
export function watchPage(hear: (input: PageInput) => void, signal: AbortSignal): void {
  for (const [type, input] of Object.entries(inputs)) {
    // Some happen to the document, and not all of those bubble.
    globalThis.window?.addEventListener(
      type,
      // A page that goes for good tells the server by that.
      (event) => (event as PageTransitionEvent).persisted !== false && hear(input),
      { capture: true, signal },
    );
  }
}
