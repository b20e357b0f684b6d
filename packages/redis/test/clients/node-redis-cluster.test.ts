import type { Socket } from 'node:net';
import { createCluster } from 'redis';
import { nodeRedisConnector } from '../../src/clients/node-redis';
import type { RedisConnection } from '../../src/connection/redis-connection';
import { FakeRedis, push, turn, until } from '../kit/fake-redis';

// A rejection that nobody awaits ends a process, and so does an error that nobody listens to. Each
// would fail its test.

describe('a connection to a cluster by redis', () => {
  let server: FakeRedis;
  let connection: RedisConnection;
  let isDown = false;
  let ups = 0;

  beforeEach(async () => {
    server = await FakeRedis.start();
    const client = createCluster({ RESP: 2, rootNodes: [{ url: `redis://127.0.0.1:${server.port}` }] });
    isDown = false;
    await new Promise<void>((resolve) => {
      const up = () => {
        ups++;
        resolve();
      };
      const down = () => {
        isDown = true;
      };
      connection = nodeRedisConnector(client, true, 2000).connect({ up, down, message() {} });
    });
    await connection.subscribe('a');
  });
  afterEach(async () => {
    connection.destroy();
    await server.stop();
  });

  const isSlots = ([command, name]: readonly string[]) => `${command} ${name}`.toUpperCase() === 'CLUSTER SLOTS';
  /** Cuts the subscriber off, which is sent to another server when it comes again. */
  const moveChannel = () => {
    const { answer } = server;
    server.answer = (words, socket) =>
      /^ssubscribe$/i.test(words[0] ?? '') ? '-MOVED 1 127.0.0.1:1\r\n' : answer(words, socket);
    for (const socket of server.subscribers.splice(0)) socket.destroy();
  };

  it('with redis survives its end while it looks up the server of a channel', async () => {
    let asking: Socket | undefined;
    server.answer = (words, socket) => {
      if (!isSlots(words)) return undefined;
      asking = socket;
      return '';
    };
    moveChannel();
    await until(() => asking !== undefined);
    connection.destroy();
    server.answer = () => undefined;
    asking?.write(server.slots);
    await new Promise((resolve) => asking?.on('close', resolve));
    await turn();
  });

  const refuseSlots = () => {
    server.answer = (words, socket) => {
      if (!isSlots(words)) return undefined;
      socket.destroy();
      return '';
    };
  };

  it('with redis survives that no server says where a channel is', async () => {
    refuseSlots();
    moveChannel();
    // The library has forgotten the channel.
    await until(() => isDown);
  });

  // Version 5 does not say it, and the run of versions leaves out what is not "with redis".
  it('of version 6 reports that a channel is not followed any longer', async () => {
    refuseSlots();
    const before = ups;
    server.subscribers[0]?.write(push('sunsubscribe', 'a', 0));
    await until(() => ups > before);
  });
});
