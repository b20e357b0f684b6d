import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { releaseFromServer } from '../packages/core/src/node-internals/sockets';

type Released = Socket & { parser?: unknown };

const server = createServer();
const clients: Socket[] = [];
const served: Socket[] = [];

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  for (const socket of [...clients, ...served]) socket.destroy();
  server.close();
});

/** Begins a stream, and releases its socket when `change` has been called with it. */
async function release(change: (socket: Socket) => void): Promise<Released> {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  clients.push(client);
  client.on('error', () => {});
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [request, response] = await once(server, 'request');
  const { socket } = request;
  served.push(socket);
  request.resume();
  await once(request, 'end');
  response.writeHead(200).write('a');
  change(socket);
  const releaseNow = releaseFromServer(socket);
  response.detachSocket(socket);
  releaseNow?.();
  return socket;
}

it('releases a socket that has no listeners but those of Node', async () => {
  expect((await release(() => {})).parser).toBeNull();
});

it.each(['close', 'end', 'drain', 'error'])(
  'leaves a listener of the app for %s alone, wherever it is',
  async (event) => {
    await release(() => {});
    const listener = jest.fn();
    for (const add of ['prependListener', 'on'] as const) {
      const socket = await release((each) => each[add](event, listener));
      expect(socket.parser).toBeNull();
      expect(listener).not.toHaveBeenCalled();
      expect(socket.listeners(event)).toContain(listener);
    }
  },
);

it('does not release a socket that lacks a listener of the server', async () => {
  await release(() => {});
  const socket = await release((each) =>
    each
      .removeAllListeners('drain')
      .on('drain', () => {})
      .removeAllListeners('end'),
  );
  expect(socket.parser).not.toBeNull();
});

it('does not release a socket whose listener for errors the app has replaced', async () => {
  await release(() => {});
  const listener = jest.fn();
  const socket = await release((each) => each.removeAllListeners('error').on('error', listener));
  expect(socket.parser).not.toBeNull();
  expect(socket.listeners('error')).toEqual([listener]);
});
