import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';
import { mayLackHeaders } from '../node-internals/requests';
import { connectionListenerOf } from '../node-internals/sockets';
import { whenEarlierResponsesEnd } from './pipelining';
import { respondOnSocket, tooManyHeaders } from './socket-response';
import type { UpgradableServer } from './upgrade';

/**
 * Serves a request as an ordinary one if nobody accepts its upgrade. Once a server has an `upgrade`
 * listener, Node stops handling every request with an `Upgrade` header, and leaves its body unread.
 */
export function replayAsRequest(
  server: UpgradableServer,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const { method, url, httpVersion, rawHeaders } = incoming;
  // Without its `Content-Length`, the body of one request would be read as a second request.
  if (mayLackHeaders(incoming)) {
    respondOnSocket(socket, tooManyHeaders);
    return;
  }
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (!/^(upgrade|http2-settings)$/i.test(name)) text += `${name}: ${rawHeaders[i + 1]}\r\n`;
  }
  whenEarlierResponsesEnd(socket, () => {
    serve(server, socket);
    socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  });
}

/** Lets Node serve a socket. Other listeners have seen this connection already. */
function serve(server: UpgradableServer, socket: Duplex): void {
  const event = server instanceof TlsServer ? 'secureConnection' : 'connection';
  const listener = connectionListenerOf(server, event);
  if (listener) listener(socket);
  else server.emit(event, socket);
}
