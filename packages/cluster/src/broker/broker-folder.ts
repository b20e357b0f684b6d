import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPath, maxPathBytes } from '../options';
import { removeDeadFolders, socketName } from './dead-folders';

/** Stands for the six letters that `mkdtemp` adds. */
const addedByMkdtemp = 'abcdef';

/**
 * Makes a folder of this user for a broker without a path, and returns the path of its socket.
 *
 * @throws TypeError if the folder of temporary files has too long a path.
 */
export function makeBrokerFolder(): { readonly folder: string; readonly path: string } {
  const prefix = join(tmpdir(), 'pushwire-');
  if (!isPath(join(`${prefix}${addedByMkdtemp}`, socketName))) {
    const so = `a socket in ${tmpdir()} would have a path of more than ${maxPathBytes} bytes`;
    throw new TypeError(`startBroker() needs the option path here: ${so}`);
  }
  const folder = mkdtempSync(prefix);
  // Nothing depends on it: where the folder cannot be read, the next broker tries again.
  removeDeadFolders(prefix).catch(() => undefined);
  return { folder, path: join(folder, socketName) };
}
