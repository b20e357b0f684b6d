import { chmodSync, existsSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';

/** Whoever can write to the socket can read and publish everything. */
const onlyOwner = 0o600;

/** True for a named pipe of Windows, which is no file. */
const isPipe = (path: string) => path.startsWith('\\\\');

/**
 * Settles when the server listens at a path, also where a broker that died has left its socket.
 *
 * @throws {Error} the promise rejects where a broker is there, or something that is no socket.
 */
export async function listenAt(server: Server, path: string): Promise<void> {
  // Node would say that the permission is denied.
  if (!isPipe(path) && !existsSync(dirname(path))) throw new Error(`The folder of ${path} does not exist`);
  try {
    await listen(server, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || isPipe(path)) throw error;
    await removeDead(path, error);
    await listen(server, path);
  }
  if (!isPipe(path)) chmodSync(path, onlyOwner);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The socket is made at once. It is nobody else's from its first moment on.
    const mask = isMainThread && !isPipe(path) ? process.umask(0o777 & ~onlyOwner) : undefined;
    try {
      server.listen({ path }, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      if (mask !== undefined) process.umask(mask);
    }
  });
}

/**
 * Removes the socket of a broker that died.
 *
 * @throws {Error} the promise rejects where it is alive, or where that is not known.
 */
async function removeDead(path: string, cause: unknown): Promise<void> {
  const found = lstatSync(path, { bigint: true });
  if (!found.isSocket()) throw new Error(`There is a file at ${path} that is no socket`, { cause });
  const isInUse = () => new Error(`Another process listens at ${path}`, { cause });
  if (!(await isDead(path))) throw isInUse();
  const aside = `${path}.${process.pid}`;
  renameSync(path, aside);
  const { ino, mtimeNs } = lstatSync(aside, { bigint: true });
  if (ino !== found.ino || mtimeNs !== found.mtimeNs) {
    // Meanwhile, another broker has taken the place of the dead one.
    renameSync(aside, path);
    throw isInUse();
  }
  rmSync(aside, { force: true });
}

/** True if nobody listens. A process that is busy or paused does. */
export function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.on('connect', () => resolve(false));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
    socket.on('connect', () => socket.destroy());
  });
}

/** Makes a server whose sockets are full after so many bytes. */
export const createBrokerServer = (highWaterMark: number): Server => createServer({ highWaterMark });
