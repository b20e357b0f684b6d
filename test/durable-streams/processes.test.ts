import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DurableStreams, durableStreams } from '@pushwire/durable-streams';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';

describeWith(redisServer, 'streams of two processes with one Redis', () => {
  let redis: RedisServer;
  const nodes: { readonly url: string; readonly streams: DurableStreams; readonly server: Server }[] = [];
  const headers = { 'Content-Type': 'text/plain' };

  beforeAll(async () => {
    redis = await RedisServer.start();
    for (let node = 0; node < 2; node++) {
      const client = new Redis({ port: redis.port, lazyConnect: true });
      const streams = durableStreams({ backplane: redisBackplane({ client }), onError: () => {} });
      const server = createServer(streams.handle).listen(0, '127.0.0.1');
      await once(server, 'listening');
      nodes.push({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, streams, server });
    }
  });
  afterAll(async () => {
    for (const { streams, server } of nodes) {
      server.closeAllConnections();
      server.close();
      await streams.close();
    }
    await redis.stop();
  });

  const [one, other] = [(path: string) => `${nodes[0]?.url}${path}`, (path: string) => `${nodes[1]?.url}${path}`];
  const post = (url: string, body: string, more: Record<string, string> = {}) =>
    fetch(url, { method: 'POST', headers: { ...headers, ...more }, body });

  it('a stream that one creates is there for the other at once', async () => {
    await fetch(one('/shared'), { method: 'PUT', headers, body: 'a' });
    expect((await post(other('/shared'), 'b')).status).toBe(204);
    await until('the first has it', async () => (await (await fetch(one('/shared'))).text()) === 'ab');
  });

  it('of creations and closes at the same time, one wins', async () => {
    const all = [one, other].flatMap((url) => [url('/race'), url('/race')]);
    const created = await Promise.all(all.map((url) => fetch(url, { method: 'PUT', headers })));
    expect(created.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    const closed = await Promise.all(all.map((url, n) => post(url, `${n}`, { 'Stream-Closed': 'true' })));
    expect(closed.map(({ status }) => status).sort()).toEqual([204, 409, 409, 409]);
    const winner = closed.findIndex(({ status }) => status === 204);
    for (const url of [one, other]) expect(await (await fetch(url('/race'))).text()).toBe(String(winner));
  });

  it('a step of a producer that is sent to both is written once', async () => {
    await fetch(one('/steps'), { method: 'PUT', headers });
    for (let seq = 0; seq < 20; seq++) {
      const step = { 'Producer-Id': 'p', 'Producer-Epoch': '0', 'Producer-Seq': String(seq) };
      const sent = await Promise.all([one, other].map((url) => post(url('/steps'), `${seq},`, step)));
      expect(sent.map(({ status }) => status).sort()).toEqual([200, 204]);
    }
    const numbers = Array.from({ length: 20 }, (_, n) => `${n},`).join('');
    await until('both have all', async () => (await (await fetch(other('/steps'))).text()) === numbers);
  });

  it('a stream that one deletes and creates anew is the new one for readers of the other', async () => {
    await fetch(one('/anew'), { method: 'PUT', headers, body: 'old' });
    const old = (await fetch(other('/anew'))).headers.get('stream-next-offset');
    expect((await fetch(one('/anew'), { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(one('/anew'), { method: 'PUT', headers, body: 'new' })).status).toBe(201);
    await until('the other has it', async () => (await (await fetch(other('/anew'))).text()) === 'new');
    expect((await fetch(other(`/anew?offset=${old}`))).status).toBe(410);
  });
});
