/** The part of a lock manager that tabs need. `navigator.locks` is one. */
export interface Locks {
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    act: () => Promise<void>,
  ): Promise<unknown>;
}

/** A tab's candidacy. */
export interface Election {
  /** Queues for the lead. */
  queue(): void;
  /** Takes the lead from a tab that is suspended. Web Locks call this "steal". */
  take(): void;
  /** Gives up the lead, or the place in the queue. */
  leave(): void;
}

/**
 * Elects the leader among the tabs by a Web Lock.
 *
 * @param onElected is called when this tab leads.
 * @param onReplaced is called when another tab has taken the lead. This tab queues again.
 * @param onFailure is called when there is no lock to be had, as in a sandboxed frame.
 */
export function runForLeader(
  locks: Locks,
  name: string,
  onElected: () => void,
  onReplaced: () => void,
  onFailure: () => void,
): Election {
  let candidacy = new AbortController();

  const request = async (isTaking: boolean) => {
    candidacy.abort();
    const { signal } = (candidacy = new AbortController());
    let isElected = false;
    // The lock is held as long as this promise is pending.
    const hold = () =>
      new Promise<void>((resolve) => {
        if (signal.aborted) return resolve();
        signal.addEventListener('abort', () => resolve());
        isElected = true;
        onElected();
      });
    try {
      // Web Locks accept no signal beside `steal`.
      await locks.request(name, isTaking ? { steal: true } : { signal }, hold);
    } catch (error) {
      if (signal.aborted) return;
      if (isElected) onReplaced();
      if (isElected || (error as Error)?.name === 'AbortError') request(false);
      else onFailure();
    }
  };
  return {
    queue: () => void request(false),
    take: () => void request(true),
    leave: () => candidacy.abort(),
  };
}
