import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';

/** True for a named pipe of Windows, which is no file. */
const isPipe = (path: string) => path.startsWith('\\\\');

/** Settles when the server listens at a path, also where a broker that died has left its socket. */
export async function listenAt(server: Server, path: string): Promise<void> {
  try {
    await listen(server, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || isPipe(path)) throw error;
    if (await answers(path)) throw new Error(`Another process listens at ${path}`, { cause: error });
    rmSync(path, { force: true });
    await listen(server, path);
  }
  // Whoever can write to the socket can read and publish everything.
  if (!isPipe(path)) chmodSync(path, 0o600);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('close', () => socket.destroy());
    socket.on('connect', () => socket.destroy());
  });
}

/** Makes a server whose sockets are full after so many bytes. */
export const createBrokerServer = (highWaterMark: number): Server => createServer({ highWaterMark });
