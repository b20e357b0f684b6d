import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/**
 * A port of this machine that nobody listens on now.
 *
 * @param wanted the one that it is to be; 0 for any.
 * @throws Error with a `code`, such as `EADDRINUSE`, where that one cannot be had.
 */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer().listen(wanted);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
