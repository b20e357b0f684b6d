import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type OwnListeners, releaseFromServer } from '../packages/core/src/node-internals/sockets';

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
async function release(change: (socket: Socket) => void, own?: OwnListeners): Promise<Released> {
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
  const releaseNow = releaseFromServer(socket, own);
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

describe('own listeners', () => {
  const own = { data: jest.fn(), end: jest.fn(), drain: jest.fn(), error: jest.fn(), close: jest.fn() };
  const listener = jest.fn();
  beforeEach(() => jest.clearAllMocks());

  it.each([
    ['alone', () => {}],
    [
      'beside those of the app',
      (socket: Socket) => {
        for (const event of Object.keys(own)) socket.on(event, listener);
      },
    ],
  ])('take the places of those of the server: %s', async (_name, change) => {
    const socket = await release(change, own);
    for (const [event, one] of Object.entries(own)) {
      const names = socket.listeners(event).map(({ name }) => name);
      expect(socket.listeners(event).filter((each) => each === one)).toHaveLength(1);
      expect(names.filter((name) => /socketOn(Data|End|Drain|Error|Close)/.test(name))).toEqual([]);
    }
    const { error, end } = own;
    socket.emit('error', new Error('of the peer'));
    expect(error).toHaveBeenCalledTimes(1);
    expect(end).not.toHaveBeenCalled();
  });

  it('come where a socket tells of each listener that goes', async () => {
    const socket = await release((each) => each.on('removeListener', listener), own);
    expect(listener).toHaveBeenCalledWith('end', expect.any(Function));
    expect(socket.listeners('drain')).toEqual([own.drain]);
  });
});
