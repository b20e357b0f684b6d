import { EventEmitter, on } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { servePush } from '../../src';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

// The types are a part of what is tested: Node types the iterator of an emitter in its own way.
it('an emitter is a source: each event is a message, and leaving removes the listener', async () => {
  const emitter = new EventEmitter();
  const serve = servePush((_request, { signal }) => on(emitter, 'tick', { signal }));
  server = createServer((request, response) => serve(request, response, request));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const leaving = new AbortController();
  const listening = new Promise((resolve) => emitter.once('newListener', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?transport=ndjson`;
  const asking = fetch(address, { signal: leaving.signal });
  await listening;
  await new Promise(setImmediate);
  emitter.emit('tick', { n: 1 });
  emitter.emit('tick', 'two', 2);

  const response = await asking;
  let text = '';
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(bytes);
    if (text.trim().split('\n').length === 3) break;
  }
  const [, ...frames] = text.trim().split('\n');
  expect(frames.map((frame) => JSON.parse(frame))).toEqual([{ data: { n: 1 } }, { data: ['two', 2] }]);

  leaving.abort();
  while (emitter.listenerCount('tick') > 0) await new Promise(setImmediate);
});
