import { isDeepStrictEqual } from 'node:util';
import type { SoakResult } from './soak';

/** One line of what is compared: what was there when nobody had come yet, and when all had left. */
export interface Comparison {
  readonly what: string;
  readonly began: string;
  readonly ended: string;
  readonly isBack: boolean;
}

/** What a heap may grow by all the same: caches of Node that have a bound. */
const heapTolerance = 1e6;

export function compare({ began, ended }: SoakResult): Comparison[] {
  const counts = (['connections', 'lagging', 'channels', 'sockets', 'handles'] as const).map((what): Comparison => {
    const [before, after] = [began[what], ended[what]];
    const isBack = isDeepStrictEqual(before, after);
    return { what, began: JSON.stringify(before), ended: JSON.stringify(after), isBack };
  });
  const heap = {
    what: 'heap after gc, MB',
    began: mega(began.heap),
    ended: mega(ended.heap),
    isBack: ended.heap <= began.heap + heapTolerance,
  };
  return [...counts, heap];
}

const mega = (bytes: number) => (bytes / 1e6).toFixed(2);
