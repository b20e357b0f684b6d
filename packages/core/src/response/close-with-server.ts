import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ServedSocket } from '../node-internals/sockets';

const socketsByServer = new WeakMap<Server, Set<Socket>>();

/**
 * Makes `server.closeAllConnections()` close a detached socket too. The server itself no longer
 * knows the socket.
 */
export function closeWithServer(socket: ServedSocket): void {
  const { server } = socket;
  if (server === undefined) return;
  let sockets = socketsByServer.get(server);
  if (sockets === undefined) socketsByServer.set(server, (sockets = extendCloseAll(server)));
  sockets.add(socket);
  socket.on('close', forget);
}

/** Returns a set whose sockets `server.closeAllConnections()` destroys from now on. */
function extendCloseAll(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  const closeAll = server.closeAllConnections as Server['closeAllConnections'] | undefined;
  // An HTTP/2 server that also accepts HTTP/1 has no such method.
  if (closeAll) {
    server.closeAllConnections = function () {
      closeAll.call(this);
      for (const socket of sockets) socket.destroy();
    };
  }
  return sockets;
}

function forget(this: ServedSocket): void {
  if (this.server) socketsByServer.get(this.server)?.delete(this);
}
