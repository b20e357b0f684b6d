import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/**
 * Finds a local port that nobody listens on.
 *
 * @param requested the port to check; 0 for any.
 * @throws {Error} with a `code` such as `EADDRINUSE` when the port is not available.
 */
export async function freePort(requested = 0): Promise<number> {
  const server = createServer().listen(requested);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
