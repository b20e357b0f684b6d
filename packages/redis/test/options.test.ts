import { EventEmitter } from 'node:events';
import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { ioRedisConnector } from '../src/clients/ioredis';
import { nodeRedisConnector } from '../src/clients/node-redis';
import { connectorFor } from '../src/clients/redis-client';
import { redisBackplane } from '../src/redis-backplane';

const client = createClient();

describe('redisBackplane', () => {
  it.each<[string, () => unknown]>([
    ['a client of redis', () => client],
    ['a cluster of redis', () => createCluster({ rootNodes: [{ url: 'redis://localhost' }] })],
    ['a Sentinel client of redis', () => createSentinel({ name: 'main', sentinelRootNodes: [] })],
    ['a client of ioredis', () => new Redis({ lazyConnect: true })],
    ['a cluster of ioredis', () => new Cluster(['redis://localhost'], { lazyConnect: true })],
  ])('accepts %s', (_what, make) => {
    expect(redisBackplane({ client: make() as typeof client })).toBeInstanceOf(Function);
  });

  it.each<[string, () => unknown, string]>([
    ['no client', () => undefined, 'undefined'],
    ['a URL', () => 'redis://localhost', 'the string "redis://localhost"'],
    ['a pool', () => createClientPool(), 'an object'],
    ['a client of version 4', () => ({ duplicate() {}, evalSha() {}, disconnect() {} }), 'an object'],
  ])('throws for %s', (_what, make, received) => {
    const attempt = () => redisBackplane({ client: make() as typeof client });
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow('redisBackplane option client: expected a client of redis (5 or later) or ioredis, got ');
    expect(attempt).toThrow(received);
  });

  it.each<[object, string]>([
    [{ prefix: 'a{b}' }, 'option prefix: expected a string of 1 to 100 characters'],
    [{ timeout: 99 }, 'option timeout: expected an integer number of milliseconds from 100'],
    [{ timeout: Number.POSITIVE_INFINITY }, 'option timeout: expected'],
    [{ maxPendingCommands: 0 }, 'option maxPendingCommands: expected an integer from 1 up'],
    [{ checkInterval: 1.5 }, 'option checkInterval: expected'],
    [{ idleTimeout: -1 }, 'option idleTimeout: expected'],
    [{ durable: 'yes' }, 'option durable: expected true or false'],
    [{ url: 'redis://localhost' }, 'unknown option "url"'],
  ])('throws for the options %j', (options, sentence) => {
    const attempt = () => redisBackplane({ client, ...options });
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(
      `redisBackplane ${sentence}`.replace('redisBackplane unknown', 'redisBackplane options: unknown'),
    );
  });

  it.each([undefined, null, 'redis://localhost'])('throws for the options %p', (options) => {
    expect(() => redisBackplane(options as never)).toThrow('redisBackplane options: expected an object');
  });

  it('uses sharded Pub/Sub on clusters only', () => {
    expect(connectorFor(client, true, 5000).isSharded).toBe(false);
  });
});

describe('a connection to a cluster with redis', () => {
  it('is up once connected, and reports it again when a node comes back', async () => {
    const events = new EventEmitter();
    let connected = () => {};
    const connect = () => new Promise<void>((resolve) => (connected = resolve));
    const own = { on: events.on.bind(events), connect };
    const appClient = { masters: [], duplicate: () => own, evalSha() {}, destroy() {}, connect };
    const up = jest.fn();
    nodeRedisConnector(appClient, true, 5000).connect({ up, down() {}, message() {} });
    events.emit('node-ready');
    expect(up).not.toHaveBeenCalled();
    connected();
    await new Promise((resolve) => setImmediate(resolve));
    expect(up).toHaveBeenCalledTimes(1);
    events.emit('node-ready');
    expect(up).toHaveBeenCalledTimes(2);
  });
});

describe('a connection to a cluster with ioredis', () => {
  it('keeps the app’s options for nodes in every version', () => {
    const duplicate = jest.fn((_nodes: unknown, _options: object) => ({ on() {}, connect: async () => {} }));
    const options = { redisOptions: { password: 'secret', tls: {}, keyPrefix: 'app:' } };
    const appClient = { isCluster: true, options, duplicate, evalsha() {}, status: 'wait' };
    ioRedisConnector(appClient, true, 5000).connect({ up() {}, down() {}, message() {} });
    expect(duplicate.mock.calls[0]?.[1]).toMatchObject({
      redisOptions: { password: 'secret', tls: {}, keyPrefix: '' },
    });
  });
});
