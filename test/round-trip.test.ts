import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createHub, encodeEvent, type OpenStream } from '@pushwire/core';
import { openStream, sse } from '@pushwire/express';
import { EventSource as NodeEventSource } from 'eventsource';
import express from 'express';
import fc from 'fast-check';
import type { Browser, Page } from 'playwright-core';
import { type Published, published, received } from '../packages/core/test/kit/published';
import { describeInChromium, launchChromium } from './kit/chromium';

// Real EventSources read back every published message, wherever the stream is cut.

type Seen = { data: string; event: string; id: string };

const names = ['message', 'tick', 'é€🙂', 'a b', ' :x: ', 'id', 'data', 'last'];

const hub = createHub({ log: { count: Infinity, bytes: Infinity } });

/** A stream with many places that are hard to cut. */
const blocks = [
  encodeEvent({ id: 'é.1', data: 'a\r\nb\rc\nd€🙂', event: 'é€🙂' }),
  encodeEvent({ comment: 'a comment', retry: 1000 }),
  encodeEvent({ id: '2', data: '' }),
  encodeEvent({ id: '3', data: '\uFEFF \u2028:', event: 'tick' }),
  encodeEvent({ id: '4', data: '{"json":[1,null]}' }),
  encodeEvent({ id: '5', data: 'done', event: 'last' }),
];
const stream = Buffer.from(blocks.join(''));
const uncut: Seen[] = [
  { id: 'é.1', data: 'a\nb\nc\nd€🙂', event: 'é€🙂' },
  { id: '2', data: '', event: 'message' },
  { id: '3', data: '\uFEFF \u2028:', event: 'tick' },
  { id: '4', data: '{"json":[1,null]}', event: 'message' },
  { id: '5', data: 'done', event: 'last' },
];

let server: Server;
let origin: string;

beforeAll(async () => {
  const app = express();
  app.get('/', (_request, response) => void response.type('html').send('<!doctype html><title>EventSource</title>'));
  app.get(
    '/channel/:name',
    sse((request) => hub.channel(String(request.params.name))),
  );
  app.get('/by-hand/:kind/:run', async (request, response) => {
    const bare = request.params.kind === 'bare';
    const stream = await openStream(request, response, { hub, bare, transport: 'sse' });
    writing.get(String(request.params.run))?.(stream);
  });
  app.get('/cut', (request, response) => {
    const at = Number(request.query.at);
    (response.socket as Socket).setNoDelay(true);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(stream.subarray(0, at));
    setTimeout(() => response.end(stream.subarray(at)), 5);
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await hub.close();
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
});

/** Collects all events up to the one named `last`. Runs in Node and, as text, in the browser. */
function readAll(Source: typeof EventSource, url: string, names: string[]): Promise<Seen[]> {
  return new Promise((resolve, reject) => {
    const source = new Source(url);
    const seen: Seen[] = [];
    const timer = setTimeout(() => reject(new Error(`Only ${JSON.stringify(seen)} came`)), 10_000);
    for (const name of names) {
      source.addEventListener(name, (event) => {
        const { data, lastEventId } = event as unknown as Omit<Seen, 'id'> & { lastEventId: string };
        seen.push({ data, event: name, id: lastEventId });
        if (name !== 'last') return;
        clearTimeout(timer);
        source.close();
        resolve(seen);
      });
    }
  });
}

let counter = 0;

/** What writes to a stream by hand, by the name of its run. */
const writing = new Map<string, (stream: OpenStream) => void>();

/** A message that an app sends by hand, with a comment in front of it. */
interface Sent extends Published {
  readonly id: string | undefined;
  readonly comment: string | undefined;
}

const sent: fc.Arbitrary<Sent> = fc
  .record({
    message: published,
    id: fc.constantFrom(undefined, '1', 'é€🙂', 'a b:c', ':'),
    comment: fc.constantFrom(undefined, '', ' a\r\n\rb\n', 'data: x'),
  })
  .map(({ message, ...rest }) => ({ ...message, ...rest }));

/**
 * A client gets what an app writes by hand, with its ids, and comments and times in between.
 *
 * @param keepsId false for a client that shows no id for a message without one.
 */
async function expectWrittenBack(
  kind: string,
  messages: Sent[],
  read: (url: string) => Promise<Seen[]>,
  keepsId = true,
): Promise<void> {
  const run = `run${++counter}`;
  let lastId = '';
  const expected = messages.map((message): Seen => {
    lastId = message.id ?? (keepsId ? lastId : '');
    return { ...received(message), id: lastId };
  });
  writing.set(run, (stream) => {
    for (const { data, event, id, comment } of messages) {
      if (comment !== undefined) stream.comment(comment);
      stream.retry(5000);
      stream.send(data, { ...(event !== undefined && { event }), ...(id !== undefined && { id }) });
      if (id !== undefined) stream.flush();
    }
    stream.send('', { event: 'last' });
  });
  const seen = await read(`${origin}/by-hand/${kind}/${run}`);
  expect(seen).toEqual([...expected, { data: '', event: 'last', id: keepsId ? lastId : '' }]);
  writing.delete(run);
}

async function expectReadBack(messages: Published[], read: (url: string) => Promise<Seen[]>): Promise<void> {
  const channel = hub.channel(`run${++counter}`);
  const expected: Seen[] = [];
  for (const message of [...messages, { data: '', event: 'last' }]) {
    const id = await channel.publish(message.data, message.event === undefined ? {} : { event: message.event });
    expected.push({ ...received(message), id });
  }
  expect(await read(`${origin}/channel/${channel.name}?cursor=0`)).toEqual(expected);
}

const allCuts = Array.from({ length: stream.length + 1 }, (_, at) => at);

/** Reads the stream with a cut at every byte, several at a time. */
async function expectUncutEverywhere(read: (url: string) => Promise<Seen[]>): Promise<void> {
  const atOnce = 5;
  for (let at = 0; at < allCuts.length; at += atOnce) {
    const reads = allCuts.slice(at, at + atOnce).map((cut) => read(`${origin}/cut?at=${cut}`));
    for (const seen of await Promise.all(reads)) expect(seen).toEqual(uncut);
  }
}

describe('the npm package eventsource', () => {
  const read = (url: string) => readAll(NodeEventSource as unknown as typeof EventSource, url, names);

  it('reads back all published messages', async () => {
    const run = (messages: Published[]) => expectReadBack(messages, read);
    await fc.assert(fc.asyncProperty(fc.array(published, { maxLength: 8 }), run), { numRuns: 60 });
  });

  it.each(['ordinary', 'bare'])('reads back what is written by hand on an event stream that is %s', async (kind) => {
    const run = (messages: Sent[]) => expectWrittenBack(kind, messages, read, false);
    await fc.assert(fc.asyncProperty(fc.array(sent, { maxLength: 8 }), run), { numRuns: 60 });
  });

  it('reads the same events wherever the stream is cut', () => expectUncutEverywhere(read));
});

describeInChromium('the EventSource of Chromium', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(origin);
  });
  afterAll(() => browser?.close());

  const read = (url: string) =>
    page.evaluate(`(${readAll})(EventSource, ${JSON.stringify(url)}, ${JSON.stringify(names)})`) as Promise<Seen[]>;

  it('reads back all published messages', async () => {
    const run = (messages: Published[]) => expectReadBack(messages, read);
    await fc.assert(fc.asyncProperty(fc.array(published, { maxLength: 8 }), run), { numRuns: 60 });
  });

  it.each(['ordinary', 'bare'])('reads back what is written by hand on an event stream that is %s', async (kind) => {
    const run = (messages: Sent[]) => expectWrittenBack(kind, messages, read);
    await fc.assert(fc.asyncProperty(fc.array(sent, { maxLength: 8 }), run), { numRuns: 60 });
  });

  it('reads the same events wherever the stream is cut', () => expectUncutEverywhere(read));

  it.each([
    [
      'fetch',
      `async (url, enough) => {
        const response = await fetch(url, { headers: { Accept: 'text/event-stream' } });
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = '';
        while (!enough(text)) text += (await reader.read()).value;
        await reader.cancel();
        return text;
      }`,
    ],
    [
      'XMLHttpRequest',
      `(url, enough) => new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.open('GET', url);
        request.onprogress = () => {
          if (!enough(request.responseText)) return;
          resolve(request.responseText);
          request.abort();
        };
        request.send();
      })`,
    ],
  ])('delivers the bytes to %s as they are written', async (_name, read) => {
    const channel = hub.channel(`bytes${++counter}`);
    const reading = page.evaluate(
      `(${read})(${JSON.stringify(`${origin}/channel/${channel.name}?cursor=0`)}, (text) => text.includes('data: now'))`,
    );
    const id = await channel.publish('now');
    expect(await reading).toMatch(
      new RegExp(`^retry: \\d+\\nevent: pushwire:open\\n[^]*\\n\\nid: ${id}\\ndata: now\\n\\n$`),
    );
  });

  it('reconnects by itself after a cut without loss or repetition, and stays closed after the end', async () => {
    const channel = hub.channel('coming-back');
    const url = `${origin}/channel/${channel.name}`;
    await page.evaluate(`(() => {
      const source = (window.source = new EventSource(${JSON.stringify(url)}));
      window.seen = [];
      window.opens = 0;
      source.addEventListener('pushwire:open', () => window.opens++);
      source.onmessage = ({ data }) => window.seen.push(data);
    })()`);
    await page.waitForFunction('window.opens === 1');
    await channel.publish('1');
    await page.waitForFunction('window.seen.length === 1');
    server.closeAllConnections();
    await channel.publish('2');
    await channel.publish('3');
    await page.waitForFunction('window.opens === 2');
    await channel.publish('4');
    await channel.end();
    await page.waitForFunction('window.source.readyState === EventSource.CLOSED');
    expect(await page.evaluate('window.seen')).toEqual(['1', '2', '3', '4']);
  });
});
