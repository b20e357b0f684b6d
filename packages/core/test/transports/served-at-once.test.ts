import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { createHub, type Source, type SseOptions, serveSse } from '../../src';

const hub = createHub();
const news = hub.channel('news');
const sockets: Socket[] = [];
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await hub.close();
});

/** Serves a request whose socket leads nowhere. */
function serveOne(source: Source<IncomingMessage>, options: SseOptions<IncomingMessage> = {}) {
  const socket = new PassThrough() as unknown as Socket;
  sockets.push(socket);
  const request = new IncomingMessage(socket);
  Object.assign(request, { method: 'GET', url: '/', httpVersionMajor: 1, httpVersionMinor: 1 });
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  return { response, served: serveSse(source, options)(request, response, request) };
}

/** The number of turns of promises that it takes to settle. */
async function turnsOf(settling: Promise<unknown>): Promise<number> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  settling.then(settle, settle);
  let turns = 0;
  for (; !isSettled; turns++) await undefined;
  return turns;
}

describe('a request that waits for nothing', () => {
  it.each<[string, Source<IncomingMessage>]>([
    ['a channel', news],
    ['a function that returns one', () => news],
  ])('is served without promises of its own: %s', async (_name, source) => {
    const { served } = serveOne(source);
    expect(await turnsOf(served)).toBe(await turnsOf(Promise.resolve()));
    expect((await served)?.reason).toBeUndefined();
  });

  it.each<[string, Source<IncomingMessage>, SseOptions<IncomingMessage>, RegExp]>([
    ['a state on a bare route', hub.state('scores'), { bare: true }, /^source: expected no state beside bare/],
    ['a run on a route with `initial`', hub.run('answer'), { initial: () => 'all' }, /^source: expected channels/],
  ])('is refused by a rejection, with nothing sent: %s', async (_name, source, options, message) => {
    const { response, served } = serveOne(source, options);
    await expect(served).rejects.toThrow(message);
    expect(response.headersSent).toBe(false);
  });
});

it('a request that `authorize` lets in is served when it has', async () => {
  const { served } = serveOne(news, { authorize: async () => true });
  expect(await served).toMatchObject({ transport: 'sse' });
});

it('an error of `authorize` rejects', async () => {
  const { response, served } = serveOne(news, {
    authorize: () => {
      throw new Error('of the app');
    },
  });
  await expect(served).rejects.toThrow('of the app');
  expect(response.headersSent).toBe(false);
});
