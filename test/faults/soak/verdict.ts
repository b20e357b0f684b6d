import { isDeepStrictEqual } from 'node:util';
import type { SoakResult } from './soak';

/** One resource before any client had connected and after all had left. */
export interface Comparison {
  readonly what: string;
  readonly began: string;
  readonly ended: string;
  readonly isBack: boolean;
}

/** Bytes by which the heap may grow, for bounded caches of Node. */
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
