import type { Clock } from '../time/clock';

/** Something that writes when the current turn of the event loop is over. */
export interface Flushable {
  flush(): void;
}

const waiting = new WeakMap<Clock, Flushable[]>();

/**
 * Calls `flush` when the current turn of the event loop is over. All that wait for it share one
 * callback, since a timer of its own would cost a stream a good part of a write.
 */
export function flushSoon(clock: Clock, one: Flushable): void {
  const others = waiting.get(clock);
  if (others) {
    others.push(one);
    return;
  }
  const all = [one];
  waiting.set(clock, all);
  clock.soon(() => {
    waiting.delete(clock);
    for (const each of all) each.flush();
  });
}
