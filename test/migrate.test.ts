import { readdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Hub } from '@pushwire/core';
import { WebSocket } from 'ws';
import { openChat, openOrders } from '../examples/migrate/socket-io/pages.after';
import { openStream, type StreamClient, type StreamRequest } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket, type WebSocketClient } from './kit/web-socket-client';

const folder = join(__dirname, '../examples/migrate');
const programs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[jt]s$/.test(file));

let origin: string;
let leave: (() => void)[] = [];
let stop: () => Promise<void> = async () => {};

/** Runs a program anew. It has state of its own. */
async function run(program: string): Promise<void> {
  process.env.PORT = '0';
  const { server, hub } = await load(program);
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = async () => {
    await hub?.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

async function load(program: string): Promise<{ server: Server; hub?: Hub }> {
  let exported: unknown;
  await jest.isolateModulesAsync(async () => {
    exported = await import(join(folder, program));
  });
  return exported as { server: Server; hub?: Hub };
}

afterEach(async () => {
  for (const act of leave) act();
  leave = [];
  await stop();
  delete process.env.PORT;
});

async function read(path: string, request: StreamRequest = {}): Promise<StreamClient> {
  const client = await openStream(origin + path, false, request);
  leave.push(client.leave);
  return client;
}

/** The messages of a stream, as an old page sees them. */
const seen = (client: StreamClient): unknown[] =>
  client
    .events()
    .filter(({ event }) => !event.startsWith('pushwire:'))
    .map(({ event, data }) => [event, data.startsWith('{') ? JSON.parse(data) : data]);

const untilSeen = (client: StreamClient, count: number) => client.until(() => seen(client).length >= count);

async function send(path: string, body: unknown, method = 'POST'): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(origin + path, { method, headers, body: JSON.stringify(body) });
}

const titles = (client: StreamClient): unknown[] => client.data().map((data) => JSON.parse(data).title);

const idOf = async (response: Response) => ((await response.json()) as { id: string }).id;

async function socket(path: string): Promise<WebSocketClient> {
  const client = await openWebSocket(origin + path);
  leave.push(client.leave);
  return client;
}

const said = (client: WebSocketClient): unknown[] => client.messages().map((bytes) => JSON.parse(String(bytes)));

/** The lines of code, without comments and empty lines. */
const linesOf = (program: string): number =>
  readFileSync(join(folder, program), 'utf8')
    .split('\n')
    .filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;

describe('the length of a port', () => {
  const ports = programs.filter((file) => /\.after\.[jt]s$/.test(file));

  it.each(ports)('%s has at most 1.2 times as many lines as what it replaces', (port) => {
    const before = port.replace('.after.', '.before.');
    const replaced = programs.find((file) => [before, before.replace(/ts$/, 'js')].includes(file));
    expect(linesOf(port) / linesOf(replaced as string)).toBeLessThanOrEqual(1.2);
  });
});

// The same test for both sides shows that a port does what it replaces.
const sides = ['before', 'after'];

describe.each(sides)('better-sse, %s', (side) => {
  it('session: counts for each client alone, and goes on where a client left off', async () => {
    await run(`better-sse/session.${side}.ts`);
    const client = await read('/count?user=anna');
    await untilSeen(client, 3);
    expect(seen(client).slice(0, 3)).toEqual([
      ['welcome', { user: 'anna', from: 0 }],
      ['count', { count: 1 }],
      ['count', { count: 2 }],
    ]);
    expect(client.text()).toMatch(/^: ?Counting begins\.\n/m);
    expect(client.events().find(({ event }) => event === 'count')?.id).toBe('1');
    const next = await read('/count?user=anna', { headers: { 'last-event-id': '2' } });
    await untilSeen(next, 2);
    expect(seen(next).slice(0, 2)).toEqual([
      ['welcome', { user: 'anna', from: 2 }],
      ['count', { count: 3 }],
    ]);
  });

  it('channel: tells everyone how many are watching, and sends drafts to editors alone', async () => {
    await run(`better-sse/channel.${side}.ts`);
    const reader = await read('/news');
    await untilSeen(reader, 1);
    const editor = await read('/news?role=editor');
    await untilSeen(reader, 2);
    expect((await send('/drafts', { title: 'Draft' })).status).toBe(202);
    expect((await send('/news', { title: 'It works' })).status).toBe(202);
    await untilSeen(editor, 3);
    await untilSeen(reader, 3);
    editor.leave();
    await untilSeen(reader, 4);
    expect(seen(reader)).toEqual([
      ['viewers', { viewers: 1 }],
      ['viewers', { viewers: 2 }],
      ['headline', { title: 'It works' }],
      ['viewers', { viewers: 1 }],
    ]);
    expect(seen(editor)).toEqual([
      ['viewers', { viewers: 2 }],
      ['draft', { title: 'Draft' }],
      ['headline', { title: 'It works' }],
    ]);
  });

  it('history: gives a client what it missed, and a new one all that is kept', async () => {
    await run(`better-sse/history.${side}.ts`);
    const ids: string[] = [];
    for (const title of ['One', 'Two']) ids.push(await idOf(await send('/news', { title })));
    const fresh = await read('/news');
    const back = await read('/news', { headers: { 'last-event-id': ids[0] as string } });
    await send('/news', { title: 'Three' });
    await untilSeen(fresh, 3);
    await untilSeen(back, 2);
    expect([titles(fresh), titles(back)]).toEqual([
      ['One', 'Two', 'Three'],
      ['Two', 'Three'],
    ]);
    expect(fresh.events().at(-2)?.id).toBe(ids[1]);
  });

  it('sources: sends what a generator and a file give, and ends', async () => {
    await run(`better-sse/sources.${side}.ts`);
    const countdown = await read('/countdown');
    await countdown.ended;
    expect(seen(countdown).slice(0, 3)).toEqual([3, 2, 1].map((count) => ['count', { count }]));
    const lines = await read('/lines');
    await lines.ended;
    expect(seen(lines)[0]).toEqual(['line', "import { createReadStream } from 'node:fs';"]);
  });
});

describe.each(sides)('express-sse, %s', (side) => {
  it('news: gives a new client the newest three', async () => {
    await run(`express-sse/news.${side}.ts`);
    for (const title of ['One', 'Two', 'Three', 'Four']) await send('/news', { title });
    const client = await read('/news');
    await send('/news', { title: 'Five' });
    await untilSeen(client, 4);
    expect(titles(client)).toEqual(['Two', 'Three', 'Four', 'Five']);
  });

  it('initial: gives a new client the state first, and then what changes', async () => {
    await run(`express-sse/initial.${side}.ts`);
    await send('/prices/pear', { price: 5 }, 'PUT');
    const client = await read('/prices');
    await send('/prices/apple', { price: 4 }, 'PUT');
    await untilSeen(client, 2);
    expect(seen(client)).toEqual([
      ['message', { prices: { apple: 3, pear: 5 } }],
      ['change', { fruit: 'apple', price: 4 }],
    ]);
  });
});

describe('express-ws, after', () => {
  it('chat: sends what a client says to everyone in its room', async () => {
    await run('express-ws/chat.after.ts');
    expect((await socket('/rooms/blue')).status).toBe(401);
    const anna = await socket('/rooms/blue?user=anna');
    const ben = await socket('/rooms/blue?user=ben');
    const carl = await socket('/rooms/red?user=carl');
    ben.send('Hello');
    await anna.until(() => said(anna).length === 1);
    await ben.until(() => said(ben).length === 1);
    carl.send('Nobody?');
    await carl.until(() => said(carl).length === 1);
    expect([anna, ben, carl].map(said)).toEqual([
      [{ from: 'ben', text: 'Hello' }],
      [{ from: 'ben', text: 'Hello' }],
      [{ from: 'carl', text: 'Nobody?' }],
    ]);
  });

  it('echo: sends text back in capitals, and closes all sockets', async () => {
    await run('express-ws/echo.after.ts');
    const client = await socket('/echo');
    client.send('hello');
    await client.until(() => client.messages().length === 1);
    expect(String(client.messages()[0])).toBe('HELLO');
    expect((await send('/goodbye', {})).status).toBe(204);
    await client.closed;
    expect(client.code()).toBe(1012);
  });
});

describe('koa-websocket, after', () => {
  it('chat: sends what a client says to everyone, and a receipt to the client alone', async () => {
    await run('koa-websocket/chat.after.ts');
    expect((await socket('/chat')).status).toBe(401);
    const anna = await socket('/chat?user=anna');
    const ben = await socket('/chat?user=ben');
    anna.send('Hello');
    await ben.until(() => said(ben).length === 1);
    await anna.until(() => said(anna).length === 2);
    expect([said(anna), said(ben)]).toEqual([
      [{ from: 'anna', text: 'Hello' }, { receipt: 2 }],
      [{ from: 'anna', text: 'Hello' }],
    ]);
  });
});

/** A client of socket.io or of a route, by the bytes of its protocol. */
interface Talker {
  /** What it has received: the names of events, and their data. */
  said(): [string, unknown][];
  send(event: string, data: unknown): void;
  request(event: string, data: unknown): Promise<unknown>;
  until(count: number): Promise<void>;
  leave(): void;
}

async function talker(side: string, path: string, query: string): Promise<Talker> {
  return side === 'before' ? socketIoTalker(query) : frameTalker(`${path}?${query}`);
}

/** Engine.IO 4 with a WebSocket: `4` is a message. Within it, `0` connects, `2` is an event, and `3` an answer. */
async function socketIoTalker(query: string): Promise<Talker> {
  const client = await socket(`/socket.io/?EIO=4&transport=websocket&${query}`);
  const packets = () => client.messages().map(String);
  const starting = (start: string) => packets().filter((packet) => packet.startsWith(start));
  client.send('40');
  await client.until(() => starting('40').length === 1);
  const said = () => starting('42').map((packet) => JSON.parse(packet.slice(2)) as [string, unknown]);
  let asked = 0;
  return {
    said,
    send: (event, data) => client.send(`42${JSON.stringify([event, data])}`),
    async request(event, data) {
      const answer = `43${asked++}`;
      client.send(`42${asked - 1}${JSON.stringify([event, data])}`);
      await client.until(() => starting(answer).length === 1);
      return JSON.parse(starting(answer)[0]?.slice(answer.length) as string)[0];
    },
    until: (count) => client.until(() => said().length >= count),
    leave: client.leave,
  };
}

/** A WebSocket whose messages are frames, as `@pushwire/client/two-way` has it. */
async function frameTalker(path: string): Promise<Talker> {
  const client = await openWebSocket(`${origin + path}&sends=frames`, { protocol: 'pushwire.v1' });
  leave.push(client.leave);
  const frames = () => client.messages().map((bytes) => JSON.parse(String(bytes)));
  const said = () =>
    frames()
      .filter(({ event }) => !event?.startsWith('pushwire:'))
      .map(({ event, data }): [string, unknown] => [event, data]);
  const answers = () => frames().filter(({ event }) => event === 'pushwire:answer');
  let asked = 0;
  // The first frame says that the connection follows its channels.
  await client.until(() => frames().length > 0);
  return {
    said,
    send: (_event, data) => client.send(JSON.stringify({ data })),
    async request(_event, data) {
      client.send(JSON.stringify({ request: asked++, data }));
      await client.until(() => answers().length === asked);
      const { data: answer, error } = answers().at(-1).data;
      return answer ?? { error: error.code };
    },
    until: (count) => client.until(() => said().length >= count),
    leave: client.leave,
  };
}

describe.each(sides)('socket.io, %s', (side) => {
  it('chat: tells the others of whom has come, left or is typing', async () => {
    await run(`socket-io/chat.${side}.ts`);
    const enter = (user: string, room = 'blue') => talker(side, '/chat', `user=${user}&room=${room}`);
    const anna = await enter('anna');
    const ben = await enter('ben');
    await anna.until(1);
    const carl = await enter('carl', 'red');
    ben.send('typing', {});
    ben.send('say', side === 'before' ? 'Hello' : { text: 'Hello' });
    await anna.until(3);
    await ben.until(1);
    ben.leave();
    await anna.until(4);
    expect(anna.said()).toEqual([
      ['joined', { user: 'ben' }],
      ['typing', { user: 'ben' }],
      ['said', { user: 'ben', text: 'Hello' }],
      ['left', { user: 'ben' }],
    ]);
    expect(ben.said()).toEqual([['said', { user: 'ben', text: 'Hello' }]]);
    expect(carl.said()).toEqual([]);
  });

  it('orders: answers the client that orders, and tells everyone of the stock', async () => {
    await run(`socket-io/orders.${side}.ts`);
    const anna = await talker(side, '/orders', '');
    const ben = await talker(side, '/orders', '');
    expect(await anna.request('order', { amount: 7 })).toEqual({ ordered: 7 });
    expect(await ben.request('order', { amount: 7 })).toMatchObject({ error: 'sold-out' });
    await ben.until(1);
    expect(ben.said()).toEqual([['stock', { left: 3 }]]);
  });

  it('private: shows who is there, and sends a message to all tabs of one user', async () => {
    await run(`socket-io/private.${side}.ts`);
    const enter = (user: string) => talker(side, '/chat', `user=${user}`);
    const anna = await enter('anna');
    await anna.until(1);
    const tabs = [await enter('ben'), await enter('ben')];
    await anna.until(3);
    anna.send('private', { to: 'ben', text: 'Hello' });
    for (const [i, tab] of tabs.entries()) {
      await tab.until(3 - i);
      expect(tab.said().at(-1)).toEqual(['private', { from: 'anna', text: 'Hello' }]);
    }
    for (const tab of tabs) tab.leave();
    await anna.until(5);
    expect(anna.said()).toEqual(
      [['anna'], ['anna', 'ben'], ['anna', 'ben'], ['anna', 'ben'], ['anna']].map((users) => ['users', users]),
    );
  });
});

describe.each([
  ['a WebSocket', WebSocket],
  ['an event stream and POST', undefined],
])('the pages of socket.io, after, over %s', (_way, WebSocketClass) => {
  const before = globalThis.WebSocket;
  const set = (value: unknown) => Object.assign(globalThis, { WebSocket: value });
  beforeEach(() => set(WebSocketClass));
  afterEach(() => set(before));

  it('tell who has come, and who says what', async () => {
    await run('socket-io/chat.after.ts');
    const lines: string[] = [];
    const anna = openChat(origin, 'anna', 'blue', (line) => lines.push(line));
    leave.push(anna.leave);
    await anna.say('Is anybody here?');
    const ben = openChat(origin, 'ben', 'blue', () => {});
    leave.push(ben.leave);
    await ben.typing();
    await ben.say('Hello');
    ben.leave();
    await until('ben is gone', () => lines.length === 5);
    expect(lines).toEqual(['anna: Is anybody here?', 'ben is here', 'ben is typing', 'ben: Hello', 'ben is gone']);
  });

  it('order, get an answer or a refusal, and see the stock', async () => {
    await run('socket-io/orders.after.ts');
    const lines: string[] = [];
    const orders = openOrders(origin, (line) => lines.push(line));
    leave.push(orders.leave);
    expect(await orders.order(7)).toEqual({ ordered: 7 });
    await expect(orders.order(7)).rejects.toMatchObject({ code: 'sold-out', message: '3 are left.' });
    await until('the stock has come', () => lines.length === 1);
    expect(lines).toEqual(['3 left']);
  });
});
