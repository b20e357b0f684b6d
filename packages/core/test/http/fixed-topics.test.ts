import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, type Source, servePush } from '../../src';

const hub = createHub();
let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});
afterAll(() => hub.close());

async function statusOf(source: Source<unknown>, query: string, method: string): Promise<number> {
  const serve = servePush(source);
  server = createServer((request, response) => serve(request, response, request));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const leaving = new AbortController();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?transport=sse&${query}`;
  const { status } = await fetch(url, { method, signal: leaving.signal });
  leaving.abort();
  return status;
}

describe('topics on a route whose channels are fixed', () => {
  const fixed = hub.channel('news');

  it.each(['GET', 'HEAD'])('are refused to a client that sends frames: %s', async (method) => {
    expect(await statusOf(fixed, 'sends=frames&topics=a', method)).toBe(400);
  });

  it.each([
    ['none are asked for', 'sends=frames'],
    ['the parameter is the app’s own', 'topics=a'],
  ])('are no matter where %s', async (_case, query) => {
    expect(await statusOf(fixed, query, 'GET')).toBe(200);
  });

  it('are up to the source where it is a function', async () => {
    expect(await statusOf(() => fixed, 'sends=frames&topics=a', 'GET')).toBe(200);
  });
});
