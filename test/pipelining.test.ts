import type { Server } from 'node:http';
import { createHub } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { until } from './kit/until';
import { WatchedSocket } from './kit/watched-socket';

// A client may send its next requests before the last one is answered (RFC 9112, 9.3.2).

describe.each(adapters.filter(({ http2 }) => !http2))('requests of one connection on $name', ({ start }) => {
  const hub = createHub();
  let app: Running;
  let channelCount = 0;
  let socket: WatchedSocket;

  beforeAll(async () => {
    app = await start({});
  });
  afterAll(async () => {
    await hub.close();
    (app.server as Server).closeAllConnections();
    await app.close();
  });

  beforeEach(() => {
    socket = new WatchedSocket(app);
  });
  afterEach(async () => {
    socket.client.destroy();
    await until('nothing is held', () => hub.stats().connections === 0);
    expect(app.errors.splice(0)).toEqual([]);
  });

  const channelWithPolls = async () => {
    const channel = hub.channel(`c${++channelCount}`);
    const path = app.serve({ source: () => channel, push: { longPoll: { batchDelay: 0 } } });
    const cursor = await channel.publish('first');
    const poll = `GET ${path}?transport=long-poll&cursor=${cursor} HTTP/1.1\r\nHost: x\r\n\r\n`;
    return { channel, poll };
  };

  it('count only from the first that waits, and add no listeners to the socket', async () => {
    const { poll } = await channelWithPolls();
    socket.write(poll);
    await until('it is held', () => hub.stats().connections === 1);
    const before = socket.served?.listenerCount('close') as number;
    socket.write(poll.repeat(30));
    // Node reads a request of the same connection after those.
    await until('they are read', () => socket.bytesRead === 31 * poll.length);
    await new Promise((resolve) => setImmediate(resolve));
    expect(hub.stats().connections).toBe(1);
    expect((socket.served?.listenerCount('close') as number) - before).toBeLessThanOrEqual(1);
  });

  it('are served in order, each when its turn comes', async () => {
    const { channel, poll } = await channelWithPolls();
    socket.write(poll.repeat(3));
    await until('the first is held', () => hub.stats().connections === 1);
    await channel.publish('second');
    await until('all are answered', () => socket.received.match(/"data":"second"/g)?.length === 3);
    socket.write(poll.replace('cursor=', 'client=a&cursor=').replace(/\.1 HTTP/, '.2 HTTP'));
    await until('a later one is held', () => hub.stats().connections === 1);
    expect(socket.received.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  });

  it('leave nothing behind when the client goes', async () => {
    const { poll } = await channelWithPolls();
    socket.write(poll.repeat(20));
    await until('one is held', () => hub.stats().connections === 1);
    socket.client.destroy();
    await until('none is held', () => hub.stats().connections === 0);
    await until('the socket is closed', () => socket.isServerClosed);
  });

  it('close it if more than 32 wait', async () => {
    const { poll } = await channelWithPolls();
    socket.write(poll.repeat(33));
    await until('the first is held', () => hub.stats().connections === 1);
    expect(socket.isClosed).toBe(false);
    socket.write(poll.repeat(2000));
    await until('it is closed', () => socket.isClosed);
    await until('none is held', () => hub.stats().connections === 0);
    expect(socket.received).toBe('');
  });
});
