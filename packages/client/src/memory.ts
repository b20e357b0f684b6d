import type { Left } from './state.js';

/** Just enough of a `Storage`. */
export interface Memory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const remembered = new Map<string, string>();

/** URLs of which a page remembers anything. */
const mostUrls = 100;

/** What is remembered as long as the page is there. */
export const pageMemory: Memory = {
  getItem: (key) => remembered.get(key) ?? null,
  setItem(key, value) {
    if (remembered.size >= mostUrls) remembered.clear();
    remembered.set(key, value);
  },
};

/** What proves necessary for one path does so for all of its queries. */
const keyOf = (url: string) => `pushwire ${url.split('?')[0]}`;

/** Which transports did not work at a URL; what somebody else has written there counts for nothing. */
export function recall(memory: Memory, url: string): Left {
  const left: Record<string, number> = {};
  try {
    for (const [name, until] of Object.entries(JSON.parse(memory.getItem(keyOf(url)) ?? '{}')))
      left[name] = Number(until);
  } catch (error) {
    // A browser may forbid its storage, too.
    if (!(error instanceof SyntaxError || error instanceof DOMException)) throw error;
  }
  return left;
}

export function remember(memory: Memory, url: string, left: Left): void {
  try {
    memory.setItem(keyOf(url), JSON.stringify(left));
  } catch (error) {
    // A full storage costs another try next time.
    if (!(error instanceof DOMException)) throw error;
  }
}
