import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Cluster } from 'ioredis';
import { ioRedisConnector } from '../../src/clients/ioredis';
import type { RedisConnection } from '../../src/connection/redis-connection';
import { script } from '../../src/scripts/script';
import { FakeRedis, push, turn, until } from '../kit/fake-redis';

// A rejection that nobody awaits ends a process, and so does an error that nobody listens to. Each
// would fail its test.

describe('a connection to a cluster with ioredis', () => {
  const servers: FakeRedis[] = [];
  const connections: RedisConnection[] = [];

  afterEach(async () => {
    for (const one of connections.splice(0)) one.destroy();
    await Promise.all(servers.splice(0).map((one) => one.stop()));
  });

  const start = async () => {
    const server = await FakeRedis.start();
    servers.push(server);
    return server;
  };
  const connect = async (server: FakeRedis) => {
    const client = new Cluster([{ host: '127.0.0.1', port: server.port }], { lazyConnect: true });
    const connection = await new Promise<RedisConnection>((resolve, reject) => {
      const listener = { up: () => resolve(made), down: reject, message() {} };
      const made = ioRedisConnector(client, true, 2000).connect(listener);
    });
    connections.push(connection);
    return connection;
  };
  /** Subscribes, and returns what answers the subscriber when the library has let go of it. */
  const subscribe = async (server: FakeRedis, connection: RedisConnection) => {
    await connection.subscribe('a');
    const [socket] = server.subscribers as [Socket];
    const ended = new Promise<void>((resolve) => {
      server.answer = ([command], from) => {
        if (command !== 'END' || from !== socket) return undefined;
        resolve();
        return '';
      };
    });
    const answerLate = async () => {
      await ended;
      const closed = once(socket, 'close');
      socket.end('-MOVED 1 127.0.0.1:1\r\n');
      await closed;
      await turn();
    };
    return { socket, answerLate };
  };

  it('survives a reply that comes after its end', async () => {
    const server = await start();
    const connection = await connect(server);
    const { answerLate } = await subscribe(server, connection);
    connection.destroy();
    await answerLate();
  });

  it('survives a reply of a server whose slots have moved', async () => {
    const [server, other] = [await start(), await start()];
    const connection = await connect(server);
    const { socket, answerLate } = await subscribe(server, connection);
    server.owner = other;
    socket.write(push('sunsubscribe', 'a', 0));
    await answerLate();
    await until(() => other.subscribers.length === 1);
  });

  it('survives the loss of a server to which another one sends it', async () => {
    const [server, other] = [await start(), await start()];
    const isCall = (words: readonly string[]) => /^eval/i.test(words[0] ?? '');
    server.answer = (words) => (isCall(words) ? `-ASK 1 127.0.0.1:${other.port}\r\n` : undefined);
    other.answer = (words, socket) => {
      if (!isCall(words) && words[0] !== 'asking') return undefined;
      socket.destroy();
      return '';
    };
    const connection = await connect(server);
    await expect(connection.evaluate(script('return 1'), 'key', [])).rejects.toThrow('Connection is closed');
    await turn();
  });
});
