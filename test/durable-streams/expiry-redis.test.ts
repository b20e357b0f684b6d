import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DurableStreams, durableStreams } from '@pushwire/durable-streams';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';

describeWith(redisServer, 'the life of streams in Redis', () => {
  let redis: RedisServer;
  let client: Redis;
  const nodes: { readonly streams: DurableStreams; readonly server: Server }[] = [];
  const headers = { 'Content-Type': 'text/plain' };

  beforeAll(async () => {
    redis = await RedisServer.start();
    client = redis.client();
  });
  afterAll(async () => {
    for (const { streams, server } of nodes) {
      server.closeAllConnections();
      server.close();
      await streams.close();
    }
    client.disconnect();
    await redis.stop();
  });

  async function node(): Promise<(path: string) => string> {
    const ours = new Redis({ port: redis.port, lazyConnect: true });
    const streams = durableStreams({ backplane: redisBackplane({ client: ours }), onError: () => {} });
    const server = createServer(streams.handle).listen(0, '127.0.0.1');
    await once(server, 'listening');
    nodes.push({ streams, server });
    return (path) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  }
  const put = (url: string, more: Record<string, string> = {}) =>
    fetch(url, { method: 'PUT', headers: { ...headers, ...more }, body: 'a' });
  const keyOf = (path: string) => `pushwire:{pushwire:stream:${path}}:log`;
  const hour = 3600;

  /** Redis keeps a stream for a minute beyond its TTL and the eighth of it, up to a minute. */
  const longest = (hour + 60 + 60) * 1000;

  it('a stream with a TTL expires in Redis, however it is read, and each write begins its time anew', async () => {
    const [one, other] = [await node(), await node()];
    await put(one('/ttl'), { 'Stream-TTL': String(hour) });
    const first = await client.pttl(keyOf('/ttl'));
    expect(first).toBeGreaterThan(hour * 1000);
    expect(first).toBeLessThanOrEqual(longest);
    // Another process reads the log, and one that finds no stream looks once more.
    expect(await (await fetch(other('/ttl'))).text()).toBe('a');
    expect((await fetch(other('/ttl?offset=x_0000000000000001'))).status).toBe(410);
    expect(await client.pttl(keyOf('/ttl'))).toBeGreaterThan(hour * 1000);
    await client.hset(keyOf('/ttl'), 'expires', Date.now() + 700_000);
    await client.pexpire(keyOf('/ttl'), 700_000);
    await fetch(other('/ttl'), { method: 'POST', headers, body: 'b' });
    expect(await client.pttl(keyOf('/ttl'))).toBeGreaterThan(hour * 1000);
  });

  it('a stream with a time expires after it, and one without is kept', async () => {
    const url = await node();
    await put(url('/time'), { 'Stream-Expires-At': new Date(Date.now() + hour * 1000).toISOString() });
    expect(await client.pttl(keyOf('/time'))).toBeGreaterThan(hour * 1000);
    await put(url('/forever'));
    expect(await client.pttl(keyOf('/forever'))).toBe(-1);
  });

  it('a stream that is created anew without an end is kept', async () => {
    const url = await node();
    await put(url('/anew'), { 'Stream-TTL': String(hour) });
    await fetch(url('/anew'), { method: 'DELETE' });
    expect((await put(url('/anew'))).status).toBe(201);
    expect(await client.pttl(keyOf('/anew'))).toBe(-1);
  });

  it('a stream that Redis has expired is gone for processes that follow it', async () => {
    const [one, other] = [await node(), await node()];
    const created = await put(one('/gone'), { 'Stream-TTL': String(hour) });
    expect((await fetch(other('/gone'))).status).toBe(200);
    await client.pexpire(keyOf('/gone'), 1);
    await until('Redis has expired it', async () => (await client.exists(keyOf('/gone'))) === 0);
    const offset = created.headers.get('stream-next-offset');
    expect((await put(one('/gone'), { 'Stream-TTL': String(2 * hour) })).status).toBe(201);
    await until('the other has the new one', async () => {
      const answer = await fetch(other('/gone'), { method: 'HEAD' });
      return answer.headers.get('stream-ttl') === String(2 * hour);
    });
    expect((await fetch(other(`/gone?offset=${offset}`))).status).toBe(410);
  });
});
