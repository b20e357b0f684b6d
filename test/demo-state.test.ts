import { once } from 'node:events';
import type { Server } from 'node:http';
import request from 'supertest';
import { Demo } from '../examples/demo/demo';
import { expressDemo } from '../examples/demo/express';
import { koaDemo } from '../examples/demo/koa';
import { groupSize, priceCount, Walk } from '../examples/demo/walk';

const frameworks = [
  ['Express', expressDemo],
  ['Koa', koaDemo],
] as const;

const key = 'window-12';

describe.each(frameworks)('states and presences of the demo on %s', (name, mount) => {
  let demo: Demo;
  let server: Server;

  beforeAll(async () => {
    demo = new Demo(name);
    server = mount(demo).listen(0);
    await once(server, 'listening');
  });

  afterAll(async () => {
    await demo.close();
    server.close();
    await once(server, 'close');
  });

  test('a pointer is moved, and taken away', async () => {
    const post = (value: unknown) => request(server).post('/cursors/lobby').send({ key, value });
    expect((await post({ x: 0.5, y: 1, z: 3 })).status).toBe(204);
    expect((await demo.cursors('lobby').get(key))?.value).toEqual({ x: 0.5, y: 1 });
    expect((await post(null)).status).toBe(204);
    expect(await demo.cursors('lobby').get(key)).toBeUndefined();
  });

  test.each([
    ['a place outside of the field', { key, value: { x: 2, y: 0 } }, /^A cursor is /],
    ['no place', { key }, /^A cursor is /],
    ['no id', { value: null }, /^The parameter "key" /],
    ['no object', [1], /^The parameter "key" /],
  ])('a pointer with %s is refused', async (_what, body, sentence) => {
    const { status, body: answer } = await request(server).post('/cursors/lobby').send(body);
    expect([status, answer.error]).toEqual([400, expect.stringMatching(sentence)]);
  });

  test.each([
    ['/here/lobby?me=1', 400, /^The parameter "me" /],
    ['/here/server', 403, /^Only the server /],
    ['/cursors/a,b', 400, /^A channel name /],
    ['/prices?pace=often', 400, /^The parameter "pace" /],
    ['/prices?pace=5001', 400, /^The parameter "pace" /],
  ])('GET %s is refused with %i', async (path, status, sentence) => {
    const answer = await request(server).get(path);
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringMatching(sentence)]);
  });
});

test('prices move in whole groups, and go on from what another node has left', () => {
  const walk = new Walk(() => 0.5);
  walk.resume([
    [0, 50],
    [priceCount, 1],
  ]);
  expect(walk.all.length).toBe(priceCount);
  const moved = walk.step(0);
  expect(moved.length).toBe(groupSize);
  expect(moved[0]?.[0]).toBe((priceCount / 2 / groupSize) * groupSize);
  const drawn = new Walk(() => 0.5);
  drawn.resume([[500, 50]]);
  expect(drawn.step(0)[0]).toEqual([500, 51]);
});
