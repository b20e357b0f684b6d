import type { Flooded } from './commands';

/**
 * Calls a function again and again, as fast as it is answered.
 *
 * @param maxPending the most calls under way at once.
 */
export async function flood(next: () => Promise<unknown>, seconds: number, maxPending: number): Promise<Flooded> {
  const began = performance.now();
  const end = began + seconds * 1000;
  let published = 0;
  const lane = async () => {
    while (performance.now() < end) {
      published++;
      await next();
    }
  };
  await Promise.all(Array.from({ length: maxPending }, lane));
  return { published, seconds: (performance.now() - began) / 1000 };
}
