import { type Check, checkOptions, integer } from '../checks/check-options';

/**
 * The place where a client without a cursor begins: at the newest message (`now`), at the oldest
 * one that is kept, or with the last messages of each channel.
 */
export type Start = 'now' | 'oldest' | { readonly last: number };

/**
 * A {@link Start}, or the very start of a log (`beginning`). Where that is evicted, a client that
 * begins there is told of a gap.
 */
export type Origin = Start | 'beginning';

/** Checks for a {@link Start}. */
export const aStart: Check = (value) =>
  value === 'now' || value === 'oldest' || isLast(value) ? undefined : '"now", "oldest" or { last: an integer from 0 }';

function isLast(value: unknown): boolean {
  try {
    const { last } = checkOptions<{ last: number }>('from', value as { last: number }, { last: integer(0) });
    return last !== undefined;
  } catch {
    return false;
  }
}

/** Returns the offset of a log where a client begins that has no cursor. */
export function startOffset({ head, floor }: { readonly head: number; readonly floor: number }, start: Origin): number {
  if (start === 'beginning') return 0;
  if (start === 'now') return head;
  return start === 'oldest' ? floor : Math.max(floor, head - start.last);
}
