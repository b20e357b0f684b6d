import { lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isDead } from './broker-server';

/** The name of the socket in a folder that a broker has made. */
export const socketName = 'broker.sock';

/** Milliseconds after which a socket at which nobody listens is not one that is about to. */
const grace = 60_000;

/**
 * Removes the folders of brokers that were killed, which could not do it themselves. It leaves what
 * it cannot remove, such as the folders of other users.
 *
 * @param prefix the beginning of the paths of the folders, to which `mkdtemp` adds six letters.
 */
export async function removeDeadFolders(prefix: string, now = Date.now()): Promise<void> {
  const beginning = basename(prefix);
  const parent = dirname(prefix);
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(beginning) || name.length !== beginning.length + 6) continue;
    const folder = join(parent, name);
    const path = join(folder, socketName);
    try {
      const found = lstatSync(path);
      const isOurs = found.isSocket() && found.uid === process.getuid?.();
      if (!isOurs || now - found.mtimeMs < grace || !(await isDead(path))) continue;
      rmSync(path);
      rmdirSync(folder);
    } catch {
      // It is no such folder, or somebody else's.
    }
  }
}
