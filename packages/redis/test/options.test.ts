import { EventEmitter } from 'node:events';
import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { ioRedisLinks } from '../src/clients/ioredis';
import { linksOf } from '../src/clients/links-of';
import { nodeRedisLinks } from '../src/clients/node-redis';
import { redisBackplane } from '../src/redis-backplane';

const client = createClient();

describe('redisBackplane', () => {
  it.each<[string, () => unknown]>([
    ['a client of redis', () => client],
    ['a cluster of redis', () => createCluster({ rootNodes: [{ url: 'redis://localhost' }] })],
    ['a client of Sentinel of redis', () => createSentinel({ name: 'main', sentinelRootNodes: [] })],
    ['a client of ioredis', () => new Redis({ lazyConnect: true })],
    ['a cluster of ioredis', () => new Cluster(['redis://localhost'], { lazyConnect: true })],
  ])('takes %s', (_what, make) => {
    expect(redisBackplane({ client: make() as typeof client })).toBeInstanceOf(Function);
  });

  it.each<[string, () => unknown, string]>([
    ['nothing', () => undefined, 'undefined'],
    ['a URL', () => 'redis://localhost', 'the string "redis://localhost"'],
    ['a pool', () => createClientPool(), 'an object'],
    ['a client of version 4', () => ({ duplicate() {}, evalSha() {}, disconnect() {} }), 'an object'],
  ])('takes no %s for a client', (_what, make, came) => {
    const attempt = () => redisBackplane({ client: make() as typeof client });
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow('redisBackplane option client: expected a client of redis (5 or later) or ioredis, got ');
    expect(attempt).toThrow(came);
  });

  it.each<[object, string]>([
    [{ prefix: 'a{b}' }, 'option prefix: expected a string of 1 to 100 characters'],
    [{ timeout: 99 }, 'option timeout: expected an integer number of milliseconds from 100'],
    [{ timeout: Number.POSITIVE_INFINITY }, 'option timeout: expected'],
    [{ maxUnanswered: 0 }, 'option maxUnanswered: expected an integer from 1 up'],
    [{ probe: 1.5 }, 'option probe: expected'],
    [{ idle: -1 }, 'option idle: expected'],
    [{ durable: 'yes' }, 'option durable: expected true or false'],
    [{ url: 'redis://localhost' }, 'unknown option "url"'],
  ])('does not take %j', (options, sentence) => {
    const attempt = () => redisBackplane({ client, ...options });
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(
      `redisBackplane ${sentence}`.replace('redisBackplane unknown', 'redisBackplane options: unknown'),
    );
  });

  it.each([undefined, null, 'redis://localhost'])('does not take %p for options', (options) => {
    expect(() => redisBackplane(options as never)).toThrow('redisBackplane options: expected an object');
  });

  it('needs no options of a client that it has not', () => {
    expect(linksOf(client, true).isSharded).toBe(false);
  });
});

describe('links to a cluster by redis', () => {
  it('are up when it is connected, and again when one of its nodes is back', async () => {
    const events = new EventEmitter();
    let connected = () => {};
    const connect = () => new Promise<void>((resolve) => (connected = resolve));
    const own = { on: events.on.bind(events), connect };
    const given = { masters: [], duplicate: () => own, evalSha() {}, destroy() {}, connect };
    const up = jest.fn();
    nodeRedisLinks(given, true).make({ up, down() {}, announced() {} });
    events.emit('node-ready');
    expect(up).not.toHaveBeenCalled();
    connected();
    await new Promise((resolve) => setImmediate(resolve));
    expect(up).toHaveBeenCalledTimes(1);
    events.emit('node-ready');
    expect(up).toHaveBeenCalledTimes(2);
  });
});

describe('links to a cluster by ioredis', () => {
  it('keep what the app has said of its nodes, in every version', () => {
    const duplicate = jest.fn((_nodes: unknown, _options: object) => ({ on() {}, connect: async () => {} }));
    const options = { redisOptions: { password: 'secret', tls: {}, keyPrefix: 'app:' } };
    const given = { isCluster: true, options, duplicate, evalsha() {}, status: 'wait' };
    ioRedisLinks(given, true).make({ up() {}, down() {}, announced() {} });
    expect(duplicate.mock.calls[0]?.[1]).toMatchObject({
      redisOptions: { password: 'secret', tls: {}, keyPrefix: '' },
    });
  });
});
