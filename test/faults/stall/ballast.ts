import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { kernelBuffers } from '../../kit/kernel-buffers';

/** More bytes than the kernel takes for one socket. */
const plenty = Buffer.alloc(16 * 1024 * 1024);
const lookMs = 500;

/**
 * Opens sockets of a bare server whose clients read nothing, and fills them until the kernel takes
 * no more. A thousand of them bring Linux under memory pressure, where it drops packets of other
 * sockets. This shows the cost of that alone, which is not Pushwire's.
 *
 * @returns a function that closes them.
 */
export async function fillKernel(sockets: number): Promise<() => void> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on('error', () => {}));
    socket.write(plenty);
  });
  await once(server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }), 'listening');
  const { port } = server.address() as AddressInfo;
  for (let n = 0; n < sockets; n++) {
    const socket = connect({ port, host: '127.0.0.1' });
    open.add(socket.pause().on('error', () => {}));
    await once(socket, 'connect');
  }
  for (let last = -1, now = 0; now > last * 1.01; ) {
    last = now;
    await pause(lookMs);
    now = kernelBuffers() ?? 0;
  }
  return () => {
    server.close();
    for (const socket of open) socket.resetAndDestroy();
  };
}
