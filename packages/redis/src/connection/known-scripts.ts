import type { Script } from '../scripts/script';

/**
 * Remembers which scripts a server has. A script is sent whole until it has run there once, and by
 * its hash from then on. A script sent by a hash that the server does not know would be refused and
 * sent again, and a later publish could overtake it.
 */
export class KnownScripts {
  readonly #known = new Set<string>();

  async run({ sha1 }: Script, byHash: () => Promise<unknown>, whole: () => Promise<unknown>): Promise<unknown> {
    if (this.#known.has(sha1)) {
      try {
        return await byHash();
      } catch (error) {
        if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
        this.#known.delete(sha1);
      }
    }
    const reply = await whole();
    this.#known.add(sha1);
    return reply;
  }
}
