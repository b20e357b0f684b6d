import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { buildExamples, builtExample, startExample } from './kit/example';
import { RedisServer, redisServer } from './kit/redis-server';
import { openStream, type StreamClient } from './kit/stream-client';
import { describeWith } from './kit/system-program';
import { until } from './kit/until';

// Each example runs exactly as the documents show it.

let running: ChildProcess | undefined;

beforeAll(buildExamples);
afterEach(() => void running?.kill('SIGKILL'));

async function start(name: string): Promise<string> {
  const { origin, child } = await startExample(name);
  running = child;
  return origin;
}

/** The client in its own process, with what it has printed. */
function startClient(url: string): { child: ChildProcess; said: () => string } {
  const env = { ...process.env, NEWS: url };
  const child = spawn(process.execPath, [builtExample('client')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text) => (said += text));
  return { child, said: () => said };
}

const opened = (client: StreamClient) => client.events().length > 0;

/** A WebSocket of a user, with the frames that have come. */
function openSocket(url: string, protocol: string[], user: string): { socket: WebSocket; said: () => string[] } {
  const socket = new WebSocket(url.replace('http', 'ws'), protocol, { headers: { cookie: `user=${user}` } });
  const said: string[] = [];
  socket.on('message', (data) => said.push(String(data)));
  return { socket, said: () => said };
}

const closeOf = async (socket: WebSocket): Promise<number> => (await once(socket, 'close'))[0];

describe('the examples', () => {
  it('connections.ts greets a user, closes it by name, and sends to all but the sender', async () => {
    const origin = await start('connections');
    const news = await openStream(`${origin}/news?user=ann`, false);
    await news.until(() => news.data().length === 1);
    expect(news.events().at(-1)).toMatchObject({ event: 'welcome', data: '{"hello":"ann"}' });
    const other = await openStream(`${origin}/news?user=ben`, false);
    await other.until(() => other.data().length === 1);
    const devices = await fetch(`${origin}/users/ann/devices`);
    expect(await devices.json()).toMatchObject([{ transport: 'sse', channels: ['news'] }]);
    const headers = { 'content-type': 'application/json' };
    await fetch(`${origin}/users/ann/notices`, { method: 'POST', headers, body: '{"text":"hi"}' });
    await news.until(() => news.data().length === 2);
    const closing = await fetch(`${origin}/users/ann`, { method: 'DELETE' });
    expect(await closing.json()).toEqual({ closed: 1 });
    await news.ended;
    expect(news.events().slice(-2)).toMatchObject([
      { event: 'notice', data: '{"text":"hi"}' },
      { event: 'pushwire:retry' },
    ]);
    const sockets = ['ann', 'ben'].map((user) => openSocket(`${origin}/room`, [], user));
    await Promise.all(sockets.map(({ socket }) => once(socket, 'open')));
    const [ann, ben] = sockets;
    ann?.socket.send('from Ann');
    await until('Ben has it', () => ben?.said().length === 1);
    ben?.socket.send('from Ben');
    await until('Ann has it', () => ann?.said().length === 1);
    expect([ann?.said(), ben?.said()]).toEqual([['from Ben'], ['from Ann']]);
    for (const { socket } of sockets) socket.close();
    other.leave();
  });

  it('snapshot.ts sends the state first, and begins with the last messages of a room', async () => {
    const origin = await start('snapshot');
    const post = (path: string, body?: string) =>
      fetch(`${origin}${path}`, { method: 'POST', headers: { 'content-type': 'text/plain' }, ...(body && { body }) });
    for (const team of ['blue', 'red', 'blue']) await post(`/scores/${team}`);
    const scores = await openStream(`${origin}/scores`, false);
    await scores.until(opened);
    await post('/scores/red');
    await scores.until(() => scores.data().length === 2);
    expect(scores.data().map((text) => JSON.parse(text))).toEqual([
      { blue: 2, red: 1 },
      { team: 'red', score: 2 },
    ]);
    for (let n = 1; n <= 25; n++) await post('/rooms/a', `message ${n}`);
    const room = await openStream(`${origin}/rooms/a`, false);
    await room.until(() => room.data().length === 20);
    expect([room.data()[0], room.data().at(-1)]).toEqual(['message 6', 'message 25']);
    const lists = await openStream(`${origin}/lists/x/y`, false);
    await lists.until(() => lists.data().length === 2);
    expect(lists.data().map((text) => JSON.parse(text).name)).toEqual(['list:x', 'list:y']);
    for (const client of [scores, room, lists]) client.leave();
  });

  it('express.ts publishes and pushes', async () => {
    const origin = await start('express');
    const client = await openStream(`${origin}/news`, false);
    await client.until(opened);
    const answer = await fetch(`${origin}/news`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"headline":"It works"}',
    });
    expect(answer.status).toBe(202);
    const { id } = (await answer.json()) as { id: string };
    await client.until(() => client.data().length === 1);
    expect(client.events().at(-1)).toEqual({ event: 'headline', id, data: '{"headline":"It works"}' });
    client.leave();
  });

  it('client.ts receives what express.ts pushes, and its process ends once it is closed', async () => {
    const origin = await start('express');
    const { child: client, said } = startClient(`${origin}/news`);
    await until('the client is open', () => said().includes('open by sse'));
    await fetch(`${origin}/news`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"headline":"It works"}',
    });
    await until('the client has received the headline', () => said().includes('It works'));
    const exited = once(client, 'exit');
    client.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
    expect(said()).toBe('connecting by sse\nopen by sse\nIt works\nended by sse\n');
  });

  it('client.ts receives what quick-start.ts publishes', async () => {
    const origin = await start('quick-start');
    const client = startClient(`${origin}/news`);
    try {
      await until('the client is open', () => client.said().includes('open by sse'));
      await fetch(`${origin}/news`, { method: 'POST', body: 'It works' });
      await until('the client has received the text', () => client.said().includes('It works\n'));
    } finally {
      client.child.kill('SIGKILL');
    }
  });

  it.each(['quick-start', 'quick-start-koa'])('%s.ts shows a page, publishes text, and keeps it', async (name) => {
    const origin = await start(name);
    expect(await (await fetch(origin)).text()).toContain(`new EventSource('/news?cursor=0')`);
    // As curl -d sends it.
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(`${origin}/news`, { method: 'POST', headers, body: 'It works' });
    expect(answer.status).toBe(202);
    const client = await openStream(`${origin}/news?cursor=0`, false);
    await client.until(({ data }) => data().length === 1);
    const { id } = (await answer.json()) as { id: string };
    expect(client.events().at(-1)).toEqual({ event: 'message', id, data: 'It works' });
    client.leave();
  });

  it('publishing.ts publishes text, values, bytes and named events', async () => {
    const origin = await start('publishing');
    const client = await openStream(`${origin}/news?cursor=0`, false);
    await client.until(({ data }) => data().length === 5);
    const value = '{"headline":"It works"}';
    expect(client.events().map(({ event, data }) => [event, data])).toEqual([
      ['pushwire:open', expect.anything()],
      ['message', 'plain text'],
      ['message', value],
      ['message', 'AQID'],
      ['headline', value],
      ['headline', value],
    ]);
    client.leave();
  });

  it('two-way.ts publishes what is POSTed to a room, and answers that client alone', async () => {
    const origin = await start('two-way');
    const headers = { 'content-type': 'text/plain' };
    const answer = await fetch(`${origin}/rooms/blue`, { method: 'POST', headers, body: 'Hello' });
    const room = await openStream(`${origin}/rooms/blue?cursor=0`, false);
    await room.until(({ data }) => data().length === 1);
    const { id, data } = room.events().at(-1) ?? {};
    expect(data).toBe('{"text":"Hello"}');
    expect(await answer.json()).toEqual({ messages: [{ event: 'receipt', data: { received: id } }] });
    room.leave();
  });

  it('ai-stream.ts streams tokens and a summary, and resumes by its own ids', async () => {
    const origin = await start('ai-stream');
    const chat = await openStream(`${origin}/chat`, false, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"prompt":"to be"}',
    });
    await chat.ended;
    expect(chat.events().map(({ event, data }) => [event, data])).toEqual([
      ['pushwire:open', expect.anything()],
      ['token', 'to'],
      ['token', 'be'],
      ['summary', '{"finished":true}'],
      ['pushwire:end', expect.anything()],
    ]);
    const count = await openStream(`${origin}/count`, false, { headers: { 'last-event-id': '98' } });
    await count.ended;
    expect(count.data()).toEqual(['99', '100']);
  });

  it('reading.ts reads its channel, gives its state and what follows, filters it, and serves iterables', async () => {
    const origin = await start('reading');
    const order = (customer: string, total: number) =>
      fetch(`${origin}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ customer, total }),
      });
    await order('ann', 5);
    await order('bob', 7);
    const sales = await openStream(`${origin}/sales`, false);
    const anns = await openStream(`${origin}/orders/ann`, false);
    await anns.until(({ data }) => data().length === 1);
    await order('ann', 11);
    await order('bob', 13);
    await order('ann', 17);
    await sales.until(({ data }) => data().length === 4);
    const totals = sales.data().map((text) => JSON.parse(text).total ?? Number(text));
    expect(totals).toEqual([12, 11, 13, 17]);
    await anns.until(({ data }) => data().length === 3);
    expect(anns.events().map(({ event }) => event)).toEqual(['pushwire:open', 'ready', 'placed', 'placed']);
    const resumed = await openStream(`${origin}/sales?cursor=${sales.events().at(-2)?.id}`, false);
    await resumed.until(({ data }) => data().length === 1);
    expect(JSON.parse(resumed.data()[0] ?? '')).toEqual({ customer: 'ann', total: 17 });

    const board = await openStream(`${origin}/board?cursor=${sales.events().at(-2)?.id}`, false);
    await board.until(({ data }) => data().length === 2);
    expect(board.events().map(({ event }) => event)).toEqual(expect.arrayContaining(['time', 'placed']));

    const file = await openStream(`${origin}/file`, false);
    await file.until(({ events }) => events().at(-1)?.event === 'pushwire:end');
    expect(file.data().join('')).toContain('The stream is destroyed');
    const sensor = await openStream(`${origin}/sensor`, false);
    await sensor.until(({ data }) => data().length === 2);
    const steps = await openStream(`${origin}/steps`, false);
    await steps.ended;
    expect(steps.data()).toEqual(['ready', 'steady', 'go']);

    const exited = once(running as ChildProcess, 'exit');
    running?.kill('SIGTERM');
    for (const client of [sales, resumed, board]) await client.ended;
    expect(sales.events().at(-1)).toMatchObject({ event: 'pushwire:retry' });
    for (const client of [file, anns, sensor]) client.leave();
    expect((await exited)[0]).toBe(0);
  });

  it('fastify/server.ts publishes and pushes', async () => {
    const origin = await start('fastify/server');
    const client = await openStream(`${origin}/news`, false);
    await client.until(opened);
    const headers = { 'content-type': 'application/json' };
    await fetch(`${origin}/news`, { method: 'POST', headers, body: '{"headline":"It works"}' });
    await client.until(({ data }) => data().length === 1);
    expect(client.events().at(-1)).toMatchObject({ event: 'headline', data: '{"headline":"It works"}' });
    client.leave();
  });

  it('koa.ts pushes', async () => {
    const origin = await start('koa');
    for (const path of ['/news', '/rooms/blue']) {
      const client = await openStream(origin + path, false);
      await client.until(opened);
      client.leave();
    }
  });

  it('operations.ts checks authorizations again and exports metrics to Prometheus', async () => {
    const origin = await start('operations');
    const stranger = await openStream(`${origin}/news?user=carl`, false);
    const anna = await openStream(`${origin}/news?user=anna`, false);
    await anna.until(opened);
    expect([stranger.status, anna.status]).toEqual([403, 200]);
    await fetch(`${origin}/members/anna`, { method: 'DELETE' });
    await anna.ended;
    const metrics = await (await fetch(`${origin}/metrics`)).text();
    expect(metrics).toContain('pushwire_connections{transport="sse"} 0');
    expect(metrics).toContain('pushwire_closed_total{reason="forbidden"} 1');
    expect(metrics).toContain('pushwire_refused_total{reason="forbidden"} 1');
    expect(metrics).toMatch(/^pushwire_bytes_total [1-9]/m);
  });

  it('web-socket.ts checks sessions, carries a chat, gives out a raw socket, and closes on SIGTERM', async () => {
    const origin = await start('web-socket');
    const stranger = new WebSocket(`${origin.replace('http', 'ws')}/news`);
    const [, { statusCode }] = await once(stranger, 'unexpected-response');
    expect(statusCode).toBe(401);
    // Without a listener, an end before the handshake would throw.
    stranger.on('error', () => {}).terminate();

    const anna = openSocket(`${origin}/rooms/blue`, ['pushwire.v1'], 'anna');
    await until('the messages have come', () => anna.said().length === 1);
    expect(JSON.parse(anna.said()[0] as string).event).toBe('pushwire:open');
    const ben = openSocket(`${origin}/rooms/blue`, [], 'ben');
    await once(ben.socket, 'open');
    ben.socket.send('hello');
    await until('the messages have come', () => ben.said().length === 1);
    await until('the messages have come', () => anna.said().length === 2);
    expect(JSON.parse(ben.said()[0] as string)).toEqual({ from: 'ben', text: 'hello' });
    expect(JSON.parse(anna.said()[1] as string).data).toEqual({ from: 'ben', text: 'hello' });

    const echo = openSocket(`${origin}/echo`, [], 'anna');
    await once(echo.socket, 'open');
    echo.socket.send('echo');
    await until('the messages have come', () => echo.said().length === 1);
    expect(echo.said()).toEqual(['echo']);

    const exited = new Promise((resolve) => running?.on('exit', resolve));
    const closes = [anna, ben, echo].map(({ socket }) => closeOf(socket));
    running?.kill('SIGTERM');
    expect(await Promise.all(closes)).toEqual([1012, 1012, 1012]);
    expect(await exited).toBe(0);
  });

  it('koa-web-socket.ts carries a chat', async () => {
    const origin = await start('koa-web-socket');
    const anna = openSocket(`${origin}/rooms/blue`, [], 'anna');
    await once(anna.socket, 'open');
    anna.socket.send('hello');
    await until('the messages have come', () => anna.said().length === 1);
    expect(anna.said()).toEqual(['hello']);
    anna.socket.close();
  });

  it('sources.ts serves every kind of source, and closes on SIGTERM', async () => {
    const origin = await start('sources');
    expect((await openStream(`${origin}/inbox`, false)).status).toBe(401);
    const inbox = await openStream(`${origin}/inbox`, false, { headers: { authorization: 'Bearer 7' } });
    await inbox.until(opened);
    expect(inbox.events()[0]?.id).toContain('~');
    const chat = await openStream(`${origin}/chat`, false, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"prompt":"to be or not"}',
    });
    await chat.ended;
    expect(chat.data()).toEqual(['to', 'be', 'or', 'not']);
    const exited = new Promise((resolve) => running?.on('exit', resolve));
    running?.kill('SIGTERM');
    await inbox.ended;
    expect(inbox.events().at(-1)?.event).toBe('pushwire:retry');
    expect(await exited).toBe(0);
  });

  it('history.ts runs', () => {
    execFileSync(process.execPath, [builtExample('history')]);
  });
});

describeWith(redisServer, 'the examples with Redis', () => {
  it('redis.ts counts the connections of all processes', async () => {
    const server = await RedisServer.start();
    const { origin, child } = await startExample('redis', { REDIS_URL: server.url });
    running = child;
    try {
      const client = await openStream(`${origin}/news`, false);
      await client.until(opened);
      const headers = { 'content-type': 'application/json' };
      const published = await fetch(`${origin}/news`, { method: 'POST', headers, body: '{"headline":"It works"}' });
      expect(published.status).toBe(202);
      await client.until(({ data }) => data()[0] === '{"headline":"It works"}');
      expect(client.events()[1]?.id).toBe(((await published.json()) as { id: string }).id);
      expect(await (await fetch(`${origin}/count`)).json()).toEqual({ connections: expect.any(Number) });
      child.kill('SIGTERM');
      await once(child, 'exit');
    } finally {
      await server.stop();
    }
  });
});

describe('the examples with a broker', () => {
  const publish = async (origin: string, text: string) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ text });
    const response = await fetch(`${origin}/news`, {
      method: 'POST',
      headers: { ...headers, connection: 'close' },
      body,
    });
    return (await response.json()) as { id: string; worker: number };
  };

  it('cluster.ts joins its workers, which are replaced one after the other without a gap', async () => {
    const origin = await start('cluster');
    const client = await openStream(`${origin}/news`, false);
    await client.until(opened);
    const [first] = [await publish(origin, 'one'), await publish(origin, 'two')];
    await client.until(({ data }) => data().length === 2);
    running?.kill('SIGHUP');
    await client.ended;
    await until('another worker answers', async () => (await publish(origin, 'more')).worker !== first.worker);
    const next = await openStream(`${origin}/news?cursor=${first.id}`, false);
    await next.until(({ data }) => data().length > 1);
    expect(next.data().slice(0, 2)).toEqual(['{"text":"two"}', '{"text":"more"}']);
  });

  it('pm2/app.ts gets what another process of its broker publishes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pushwire-example-'));
    const env = { ...process.env, BROKER: join(folder, 'pushwire.sock') };
    const broker = spawn(process.execPath, [builtExample('pm2/broker')], { env, stdio: 'inherit' });
    const apps = [await startExample('pm2/app', env), await startExample('pm2/app', env)] as const;
    try {
      const client = await openStream(`${apps[0].origin}/news`, false);
      await client.until(opened);
      await publish(apps[1].origin, 'from the other');
      await client.until(({ data }) => data()[0] === '{"text":"from the other"}');
    } finally {
      for (const { child } of apps) child.kill('SIGINT');
      await Promise.all(apps.map(({ child }) => once(child, 'exit')));
      broker.kill('SIGINT');
      await once(broker, 'exit');
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** What client-two-way.ts exports. */
interface Moving {
  reserve(seat: string, name: string): Promise<string>;
  moveToRed(): Promise<readonly string[]>;
  leave(): void;
}

it('asking.ts answers client-two-way.ts, which moves from room to room', async () => {
  const origin = await start('asking');
  const log = jest.spyOn(console, 'log').mockImplementation(() => {});
  process.env.ORIGIN = origin;
  const client: Moving = require('../examples/client-two-way');
  expect(await client.reserve('A1', 'Anna')).toBe('Reserved. 99 seats are left.');
  expect(await client.reserve('A1', 'Ben')).toBe('Seat A1 is taken.');
  expect(await client.moveToRed()).toEqual(['red']);
  const say = (room: string) =>
    fetch(`${origin}/rooms/${room}`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: room });
  for (const room of ['blue', 'red']) await say(room);
  await until('it has come', () => log.mock.calls.length > 0);
  expect(log.mock.calls).toEqual([['red']]);
  client.leave();
  log.mockRestore();
  expect((await fetch(`${origin}/rooms?topics=blue,gray`)).status).toBe(404);
});
