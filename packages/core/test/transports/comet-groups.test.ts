import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub } from '../../src/hub/hub';
import { type CometOptions, serveComet } from '../../src/transports/comet';

/** Connects iframes with these queries, publishes one message, and counts how often it was encoded. */
async function encodings(
  queries: readonly string[],
  options: CometOptions<IncomingMessage>,
  policy: string | undefined,
): Promise<number> {
  const hub = createHub();
  const news = hub.channel('news');
  let encoded = 0;
  const serve = serveComet<IncomingMessage>(news, {
    ...options,
    map: ({ event, data }) => {
      if (event === undefined) encoded++;
      return data;
    },
  });
  const server = createServer((request, response) => {
    if (policy !== undefined) response.setHeader('Content-Security-Policy', policy);
    serve(request, response, request);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const received = queries.map(async (query) => {
    const [response] = (await once(get({ port, host: '127.0.0.1', path: `/?${query}` }), 'response')) as [
      IncomingMessage,
    ];
    let text = '';
    for await (const chunk of response) {
      text += chunk;
      if (text.includes('"hello"')) break;
    }
    expect(response.statusCode).toBe(200);
  });
  while (hub.stats().connections < queries.length) await new Promise(setImmediate);
  await news.publish('hello');
  await Promise.all(received);
  server.close().closeAllConnections();
  await hub.close();
  return encoded;
}

const callbacks = Array.from({ length: 30 }, (_, n) => `callback=pushwire_${n}`);

describe('a message for many iframes', () => {
  it.each<[string, readonly string[], CometOptions<IncomingMessage>, string | undefined]>([
    ['callbacks', callbacks, {}, undefined],
    [
      'callbacks that a pattern allows',
      callbacks.map((query) => query.replace('pushwire_', 'cb')),
      { callback: /cb\d+/ },
      undefined,
    ],
    [
      'origins',
      ['a', 'b'].map((name) => `origin=https://${name}.example`),
      { origins: ['https://a.example', 'https://b.example'] },
      undefined,
    ],
    ['paddings', ['padding=1', 'evs_preamble=1', 'x=1'], {}, undefined],
    ['callbacks under a Content-Security-Policy', callbacks, {}, "default-src 'self'"],
  ])('is encoded once, whatever their %s', async (_what, queries, options, policy) => {
    expect(await encodings(queries, options, policy)).toBe(1);
  });
});
