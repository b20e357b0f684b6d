/**
 * A change in the life of a page.
 *
 * - `offline`: the network is gone.
 * - `freeze`: the page is frozen or goes to the back/forward cache. An open connection would keep
 *   it out of that cache, or would be cut without notice.
 * - `resume`: the network or the page is back.
 * - `visibility`: the page was shown or hidden, perhaps after the machine has slept.
 */
export type PageChange = 'offline' | 'freeze' | 'resume' | 'visibility';

/** The changes that browsers' events stand for. */
const changes: Readonly<Record<string, PageChange>> = {
  offline: 'offline',
  online: 'resume',
  resume: 'resume',
  pageshow: 'resume',
  pagehide: 'freeze',
  freeze: 'freeze',
  visibilitychange: 'visibility',
};

/**
 * Reports changes of the page or worker until `signal` aborts. Does nothing in a runtime without
 * such events, as Node and React Native.
 */
export function watchPage(onChange: (change: PageChange) => void, signal: AbortSignal): void {
  for (const [type, change] of Object.entries(changes)) {
    // Some of the events fire on the document, and not all of those bubble.
    globalThis.addEventListener?.(
      type,
      // A page that is unloaded for good closes its connections by that.
      (event) => (event as PageTransitionEvent).persisted !== false && onChange(change),
      { capture: true, signal },
    );
  }
}
