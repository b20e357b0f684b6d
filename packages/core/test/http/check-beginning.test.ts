import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, type Feed, serveSse } from '../../src';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const hub = createHub();
afterAll(() => hub.close());

/** Returns what a route throws before its head is sent. */
async function failureOf(feed: () => Feed, options: object): Promise<unknown> {
  const serve = serveSse(feed, options, {});
  const failure = new Promise((resolve) => {
    server = createServer((request, response) => {
      serve(request, response, request).then(resolve, (error) => {
        response.writeHead(500).end();
        resolve(error);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const leaving = new AbortController();
  const asked = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { signal: leaving.signal });
  const result = await failure;
  leaving.abort();
  await asked.catch(() => {});
  return result;
}

it.each([
  ['from', { from: 'oldest' }],
  ['initial', { initial: () => 'state' }],
])('a source that gives messages is refused where the route has `%s`', async (option, options) => {
  const messages = ['one', 'two'];
  const failure = await failureOf(() => messages, options);
  expect(failure).toBeInstanceOf(TypeError);
  expect((failure as TypeError).message).toBe(
    `source: expected channels, which the option ${option} is about, got an iterable of messages`,
  );
});

it('channels are served', async () => {
  expect(await failureOf(() => hub.channel('news'), { from: 'oldest' })).toMatchObject({ transport: 'sse' });
});
