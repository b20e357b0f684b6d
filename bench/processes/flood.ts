import type { Flooded } from './commands';

/**
 * Does something again and again, as fast as it is answered.
 *
 * @param unanswered how many may be under way at once.
 */
export async function flood(next: () => Promise<unknown>, seconds: number, unanswered: number): Promise<Flooded> {
  const began = performance.now();
  const end = began + seconds * 1000;
  let published = 0;
  const lane = async () => {
    while (performance.now() < end) {
      published++;
      await next();
    }
  };
  await Promise.all(Array.from({ length: unanswered }, lane));
  return { published, seconds: (performance.now() - began) / 1000 };
}
