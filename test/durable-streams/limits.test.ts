import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeClock } from '@pushwire/core/testing';
import { type DurableStreams, type DurableStreamsOptions, durableStreams } from '@pushwire/durable-streams';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';

const nodes: { readonly streams: DurableStreams; readonly server: Server }[] = [];
const headers = { 'Content-Type': 'text/plain' };

async function serve(options: DurableStreamsOptions): Promise<(path: string) => string> {
  const streams = durableStreams({ onError: () => {}, ...options });
  const server = createServer(streams.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  nodes.push({ streams, server });
  return (path) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}

async function stop(): Promise<void> {
  for (const { streams, server } of nodes.splice(0)) {
    server.closeAllConnections();
    server.close();
    await streams.close();
  }
}

const put = async (url: string, more = {}) =>
  (await fetch(url, { method: 'PUT', headers: { ...headers, ...more } })).status;
const post = async (url: string, body: string, more = {}) =>
  (await fetch(url, { method: 'POST', headers: { ...headers, ...more }, body })).status;
const remove = async (url: string) => (await fetch(url, { method: 'DELETE' })).status;

afterEach(stop);

it('a stream too many is refused until another is deleted', async () => {
  const url = await serve({ limits: { streams: 2 } });
  expect([await put(url('/a')), await put(url('/b')), await put(url('/c'))]).toEqual([201, 201, 507]);
  // What is there can be created again, written, read and closed.
  expect([await put(url('/a')), await post(url('/a'), 'x')]).toEqual([200, 204]);
  expect([await remove(url('/a')), await put(url('/c')), await put(url('/a'))]).toEqual([204, 201, 507]);
});

it('of creations at the same time, as many succeed as may be', async () => {
  const url = await serve({ limits: { streams: 3 } });
  const statuses = await Promise.all(Array.from({ length: 20 }, (_, n) => put(url(`/${n}`))));
  expect(statuses.filter((status) => status === 201)).toHaveLength(3);
});

it('bytes too many are refused, and each append costs 200 beside its own', async () => {
  const url = await serve({ limits: { bytes: 5000 } });
  await put(url('/a'));
  const step = (seq: number) => ({ 'Producer-Id': 'p', 'Producer-Epoch': '0', 'Producer-Seq': `${seq}` });
  let written = 0;
  while ((await post(url('/a'), 'x', step(written))) === 200) written++;
  expect(written).toBeGreaterThan(5);
  expect(written).toBeLessThan(5000 / 200);
  expect(await post(url('/a'), 'x', step(written))).toBe(507);
  // A step that is repeated needs no room, and nor does a close.
  expect(await post(url('/a'), 'x', step(written - 1))).toBe(204);
  expect(await post(url('/a'), '', { 'Stream-Closed': 'true' })).toBe(204);
  expect(await put(url('/b'))).toBe(507);
  expect([await remove(url('/a')), await put(url('/b'))]).toEqual([204, 201]);
});

it('a stream of many small appends has a limit, and a repeated step needs no room', async () => {
  const url = await serve({ maxStreamBytes: 5000 });
  await put(url('/a'));
  const step = (seq: number) => ({ 'Producer-Id': 'p', 'Producer-Epoch': '0', 'Producer-Seq': `${seq}` });
  let written = 0;
  while ((await post(url('/a'), 'x', step(written))) === 200) written++;
  expect(written).toBeLessThan(5000 / 200);
  expect(await post(url('/a'), 'x', step(written))).toBe(413);
  expect(await post(url('/a'), 'x', step(written - 1))).toBe(204);
});

it('the notes of reads have a limit too', async () => {
  const clock = new FakeClock();
  const url = await serve({ maxStreamBytes: 1000, clock });
  await put(url('/a'), { 'Stream-TTL': '8' });
  let reads = 0;
  while (reads < 100 && (await fetch(url('/a'))).status === 200) {
    reads++;
    clock.advance(1000);
  }
  // Each read begins the time anew, until the notes need twice the bytes of a stream.
  expect(reads).toBeGreaterThan(10);
  expect(reads).toBeLessThan(2000 / 200 + 10);
});

it.each([{ streams: 0 }, { bytes: 0.5 }, { logs: 1 }])('%j is a TypeError', (limits) => {
  expect(() => durableStreams({ limits } as DurableStreamsOptions)).toThrow(/limits/);
});

describeWith(redisServer, 'with Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.stop());

  const node = (prefix: string, limits: DurableStreamsOptions['limits']) => {
    const client = new Redis({ port: redis.port, lazyConnect: true });
    return serve({ backplane: redisBackplane({ client, prefix }), ...(limits && { limits }) });
  };

  it('all processes share the count of streams', async () => {
    const [one, other] = [await node('a:', { streams: 4 }), await node('a:', { streams: 4 })];
    for (const path of ['/1', '/2', '/3', '/4']) expect(await put(one(path))).toBe(201);
    await until('the other knows', async () => {
      const status = await put(other('/5'));
      if (status === 201) await remove(other('/5'));
      return status === 507;
    });
    expect(await put(other('/1'))).toBe(200);
    expect(await remove(other('/1'))).toBe(204);
    await until('the first knows', async () => (await put(one('/6'))) === 201);
    await stop();
    // A process that begins finds the count.
    expect(await put((await node('a:', { streams: 4 }))('/7'))).toBe(507);
  });

  it('all processes share the count of bytes', async () => {
    const [one, other] = [await node('b:', { bytes: 20_000 }), await node('b:', { bytes: 20_000 })];
    await put(one('/a'));
    expect(await post(one('/a'), 'x'.repeat(18_000))).toBe(204);
    await until('the other knows', async () => (await post(other('/a'), 'x'.repeat(2000))) === 507);
  });
});
