import type { Script } from '../scripts/script';

/**
 * The scripts that a server has. One that has run there is sent by its hash; until then it is sent whole: were it refused as unknown
 * and sent again, what was published after it could overtake it.
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
