/** The sink of a stream that may let go of its request, or of its response too. */
export interface Holder {
  /** Reads the request to its end. Returns false if something still needs it. */
  prepareToLetGo(): boolean;
  /** Called when the end of the request was read. */
  letGo(): void;
}

/** The streams that have begun in this turn. */
let holders: Holder[] = [];

/**
 * Lets go of a request when the turn is over: its end is not visible while the request event is
 * being emitted. All streams of a turn are let go together, since a callback for each costs more.
 */
export function letGoSoon(holder: Holder): void {
  if (holders.push(holder) === 1) setImmediate(letGoOfAll);
}

function letGoOfAll(): void {
  const all = holders;
  holders = [];
  const prepared: Holder[] = [];
  let n = 0;
  try {
    for (const holder of all) {
      n++;
      if (holder.prepareToLetGo()) prepared.push(holder);
    }
  } finally {
    // The requests end in ticks that were queued before this one.
    if (prepared.length > 0) process.nextTick(letGo, prepared);
    // Here only if one has thrown, which keeps none of the others.
    if (n < all.length) for (const holder of all.slice(n)) letGoSoon(holder);
  }
}

function letGo(prepared: readonly Holder[]): void {
  let n = 0;
  try {
    for (const holder of prepared) {
      n++;
      holder.letGo();
    }
  } finally {
    if (n < prepared.length) process.nextTick(letGo, prepared.slice(n));
  }
}
