import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { Demo } from '../examples/demo/demo';
import { expressDemo } from '../examples/demo/express';
import { koaDemo } from '../examples/demo/koa';
import { redisJoint } from '../examples/demo/redis-joint';
import { RedisServer, redisServer } from './kit/redis-server';
import { openStream, type StreamClient } from './kit/stream-client';
import { describeWith } from './kit/system-program';
import { until } from './kit/until';

describeWith(redisServer, 'two demo processes that share channels over Redis', () => {
  const mounts = [
    ['Express', expressDemo],
    ['Koa', koaDemo],
  ] as const;
  let redis: RedisServer;
  let nodes: { demo: Demo; server: Server; origin: string }[];
  let streams: StreamClient[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
    nodes = await Promise.all(
      mounts.map(async ([framework, mount]) => {
        const demo = new Demo(framework, redisJoint(redis.url));
        const server = mount(demo).listen(0);
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        await demo.start(port, framework.toLowerCase());
        return { demo, server, origin: `http://localhost:${port}` };
      }),
    );
  });

  afterEach(() => {
    for (const stream of streams) stream.leave();
    streams = [];
  });

  afterAll(async () => {
    for (const { demo, server } of nodes) {
      await demo.close();
      server.close();
      await once(server, 'close');
    }
    await redis.stop();
  });

  const open = async (path: string): Promise<StreamClient[]> => {
    streams = await Promise.all(nodes.map(({ origin }) => openStream(`${origin}${path}`, false)));
    await Promise.all(streams.map((stream) => stream.until(({ text }) => text().includes('pushwire:open'))));
    return streams;
  };

  test('send their pings to each other, and name themselves in a header', async () => {
    const both = await open('/channels/server');
    for (const stream of both) {
      await stream.until(({ text }) => ['express', 'koa'].every((name) => text().includes(`"name":"${name}"`)));
    }
    expect(both.map(({ headers }) => headers['demo-node'])).toEqual(['express', 'koa']);
  });

  test('deliver a message of one on both, with the same id', async () => {
    const both = await open('/channels/room');
    const answer = await request(nodes[0]?.server as Server)
      .post('/channels/room')
      .set('Content-Type', 'text/plain')
      .send('hello');
    for (const stream of both) {
      await stream.until(({ data }) => data().length > 0);
      expect(stream.events().at(-1)).toMatchObject({ id: answer.body.id, data: 'hello' });
    }
  });

  test('cut a visitor on all nodes', async () => {
    const both = await open('/channels/room?visitor=visitor-1');
    await request(nodes[1]?.server as Server)
      .post('/demo/cut?visitor=visitor-1')
      .expect(204);
    await Promise.all(both.map(({ ended }) => ended));
  });

  test('report that nothing is published while Redis is down, and continue once it is back', async () => {
    const logged = jest.spyOn(console, 'error').mockImplementation();
    const publish = () =>
      request(nodes[0]?.server as Server)
        .post('/channels/room')
        .set('Content-Type', 'text/plain')
        .send('hello');
    await redis.kill();
    let refused = await publish();
    await until('the failure of Redis is noticed', async () => {
      refused = await publish();
      return refused.body.error?.startsWith('Redis cannot');
    });
    expect([refused.status, refused.body.error]).toEqual([503, 'Redis cannot be reached: nothing was published.']);
    const cut = await request(nodes[0]?.server as Server).post('/demo/cut?visitor=visitor-1');
    expect([cut.status, cut.body.error]).toEqual([503, 'Redis cannot be reached: nothing was done.']);
    await redis.run();
    await until('Redis is back', async () => (await publish()).status === 202);
    expect(logged).toHaveBeenCalled();
    logged.mockRestore();
  });
});
