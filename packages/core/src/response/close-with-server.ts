import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ServedSocket } from '../node-internals';

const taken = new WeakMap<Server, Set<Socket>>();

/** A server knows no more of a socket that was taken from it, but is still asked to close it by `closeAllConnections()`. */
export function closeWithServer(socket: ServedSocket): void {
  const { server } = socket;
  if (server === undefined) return;
  let sockets = taken.get(server);
  if (sockets === undefined) taken.set(server, (sockets = watchedBy(server)));
  sockets.add(socket);
  socket.on('close', forget);
}

function watchedBy(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  const closeAll = server.closeAllConnections as Server['closeAllConnections'] | undefined;
  // An HTTP/2 server that takes HTTP/1 too has none.
  if (closeAll) {
    server.closeAllConnections = function () {
      closeAll.call(this);
      for (const socket of sockets) socket.destroy();
    };
  }
  return sockets;
}

function forget(this: ServedSocket): void {
  if (this.server) taken.get(this.server)?.delete(this);
}
