import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Channel, createHub, serveSse } from '../../src';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Connects a client, closes the hub, and returns what was reported as an error. */
async function reported(onClose: (news: Channel) => unknown): Promise<unknown[]> {
  const errors: unknown[] = [];
  const hub = createHub();
  const news = hub.channel('news');
  let closed: () => void = () => {};
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const options = {
    onClose: async () => {
      setImmediate(closed);
      await onClose(news);
    },
    onError: (error: unknown) => errors.push(error),
  };
  const serve = serveSse(news, options, {});
  server = createServer((request, response) => serve(request, response, request));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await hub.close();
  await response.text();
  await isClosed;
  return errors;
}

describe('onClose when the hub closes', () => {
  it('may publish that the client has left, which is no error', async () => {
    expect(await reported((news) => news.publish('someone left'))).toEqual([]);
  });

  it('reports other errors', async () => {
    const error = new Error('of the app');
    expect(await reported(() => Promise.reject(error))).toEqual([error]);
  });
});
