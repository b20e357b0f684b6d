import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { durableStreams } from '@pushwire/durable-streams';

const streams = durableStreams();
const server = createServer(streams.handle);
let origin: string;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await streams.close();
  server.closeAllConnections();
  server.close();
});

const headers = { 'Content-Type': 'text/plain' };
const euro = Buffer.from('€');

/** Reads events until there is a control event. Returns their data, and the next offset. */
async function nextControl(reader: ReadableStreamDefaultReader<Uint8Array>) {
  let text = '';
  while (!/event: control\ndata:.*\n\n/.test(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The event stream has ended after ${JSON.stringify(text)}.`);
    text += Buffer.from(value).toString();
  }
  const [data = '', control = '{}'] = text.split('event: control\ndata:');
  const lines = [...data.matchAll(/^data:(.*)$/gm)].map(([, line]) => line);
  return { data: lines.join('\n'), ...(JSON.parse(control) as { streamNextOffset: string; upToDate?: boolean }) };
}

async function follow(url: string, offset: string) {
  const { body } = await fetch(`${url}?offset=${offset}&live=sse`);
  return (body as ReadableStream<Uint8Array>).getReader();
}

it.each([
  ['a stream is created with', 'PUT', ''],
  ['an append ends with', 'POST', 'It costs '],
])('of a character that %s, events show the whole', async (_name, method, before) => {
  const url = `${origin}/${method}`;
  if (method === 'POST') await fetch(url, { method: 'PUT', headers, body: before });
  await fetch(url, { method, headers, body: euro.subarray(0, 2) });
  const events = await follow(url, '-1');
  const first = await nextControl(events);
  expect(first).toMatchObject({ data: before, upToDate: true });
  // A client that comes back to the offset has lost nothing.
  const again = await follow(url, first.streamNextOffset);
  expect(await nextControl(again)).toMatchObject({ data: '', streamNextOffset: first.streamNextOffset });
  await fetch(url, { method: 'POST', headers, body: euro.subarray(2) });
  for (const reader of [events, again]) {
    expect(await nextControl(reader)).toMatchObject({ data: '€', upToDate: true });
    await reader.cancel();
  }
  expect(await (await fetch(url)).text()).toBe(`${before}€`);
});

it('half a character at the end of a closed stream is replaced', async () => {
  const url = `${origin}/closed`;
  await fetch(url, { method: 'PUT', headers: { ...headers, 'Stream-Closed': 'true' }, body: euro.subarray(0, 2) });
  expect(await nextControl(await follow(url, '-1'))).toMatchObject({ data: '\ufffd', streamClosed: true });
});
