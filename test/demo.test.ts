import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http, { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createHub } from '@pushwire/core';
import request from 'supertest';
import { type ClientOptions, WebSocket } from 'ws';
import { Announcer, randomPause } from '../examples/demo/announcer';
import { readBody } from '../examples/demo/body';
import { readSettings, UsageError } from '../examples/demo/command-line';
import { Demo } from '../examples/demo/demo';
import { expressDemo } from '../examples/demo/express';
import { koaDemo } from '../examples/demo/koa';
import { identify } from '../examples/demo/node-identity';
import { refusalOf } from '../examples/demo/refusal';
import { build } from './kit/build';
import { waitLimit } from './kit/limits';
import { until } from './kit/until';

const frameworks = [
  ['Express', expressDemo],
  ['Koa', koaDemo],
] as const;

const form = 'application/x-www-form-urlencoded';
const nameSentence = /^A channel name has 1 to 64 of /;

describe.each(frameworks)('the demo on %s', (name, mount) => {
  let demo: Demo;
  let server: Server;
  let origin: string;
  let port: number;

  beforeAll(async () => {
    demo = new Demo(name);
    server = mount(demo).listen(0);
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
    await demo.start(port);
    origin = `http://localhost:${port}`;
  });

  afterAll(async () => {
    await demo.close();
    server.close();
    await once(server, 'close');
  });

  test.each([
    ['text', 'text/plain', 'hello', 'hello'],
    ['text in UTF-8', 'text/plain; charset=UTF-8', 'grüße', 'grüße'],
    ['JSON', 'application/json', ' {"a": [1]}', '{"a":[1]}'],
    ['a form', form, 'a=1&b=x+y', '{"a":"1","b":"x y"}'],
    ['the body of curl -d', form, 'hello', 'hello'],
    ['an empty body', 'text/plain', '', ''],
  ])('publishes %s', async (_what, type, body, data) => {
    const stream = await open(`${origin}/channels/room`);
    const answer = await request(server).post('/channels/room').set('Content-Type', type).send(body);
    expect([answer.status, answer.headers['content-type']]).toEqual([202, 'application/json; charset=utf-8']);
    expect(answer.body).toEqual({ id: expect.stringMatching(/^[\w-]+\.\d+$/) });
    expect(await stream.until('\n\n', 2)).toContain(`\nid: ${answer.body.id}\ndata: ${data}\n\n`);
    stream.close();
  });

  test('publishes a body without a content type as text, with an event name', async () => {
    const stream = await open(`${origin}/channels/room`);
    const sent = http.request(`${origin}/channels/room?event=greeting`, { method: 'POST' }).end('hello');
    const [answer] = await once(sent, 'response');
    answer.resume();
    expect(answer.statusCode).toBe(202);
    expect(await stream.until('\n\n', 2)).toMatch(/event: greeting\nid: .*\ndata: hello\n\n$/);
    stream.close();
  });

  test.each([
    ['bad JSON', '/channels/room', 'application/json', '{bad', 400, /^The body is not valid JSON: /],
    ['a bad form', '/channels/room', form, 'a=%zz', 400, /^The body is not a valid form: /],
    [
      'an empty event name',
      '/channels/room?event=',
      'text/plain',
      'x',
      400,
      /event: expected a name that is not empty/,
    ],
    ['an event name with a line end', '/channels/room?event=a%0Ab', 'text/plain', 'x', 400, /event: .* without CR, LF/],
    ['a reserved event name', '/channels/room?event=pushwire:x', 'text/plain', 'x', 400, /reserved pushwire:/],
    ['two event names', '/channels/room?event=a&event=b', 'text/plain', 'x', 400, /"event" is given more than once/],
    ['a bad channel name', '/channels/a%20b', 'text/plain', 'x', 400, nameSentence],
    ['several channels', '/channels/a,b', 'text/plain', 'x', 400, nameSentence],
    ['a long channel name', `/channels/${'x'.repeat(65)}`, 'text/plain', 'x', 400, nameSentence],
    ['a broken channel name', '/channels/%zz', 'text/plain', 'x', 400, /%zz/],
    ['the channel of the server', '/channels/server', 'text/plain', 'x', 403, /^Only the server itself .* "server"/],
    [
      'the channel of a visitor',
      '/channels/visitor:x',
      'text/plain',
      'x',
      403,
      /^Only the server itself .* "visitor:x"/,
    ],
    ['another content type', '/channels/room', 'image/png', 'x', 415, /^The content type image\/png/],
    ['another charset', '/channels/room', 'text/plain; charset=latin1', 'x', 415, /^The charset latin1/],
    [
      'a body over 64 KiB',
      '/channels/room',
      'text/plain',
      'x'.repeat(65_537),
      413,
      /^The body is larger than 64 KiB\.$/,
    ],
  ])('refuses to publish %s', async (_what, url, type, body, status, sentence) => {
    const answer = await request(server).post(url).set('Content-Type', type).send(body);
    expect([answer.status, answer.body]).toEqual([status, { error: expect.stringMatching(sentence) }]);
  });

  test('accepts 64 KiB, and refuses more in chunks, invalid UTF-8 and compressed bodies', async () => {
    const post = (headers: Record<string, string>, ...parts: (string | Buffer)[]) =>
      statusOf(http.request(`${origin}/channels/room`, { method: 'POST', headers }), parts);
    const kibibyte = 'x'.repeat(1024);
    expect(await post({}, kibibyte.repeat(64))).toBe(202);
    expect(await post({ 'Transfer-Encoding': 'chunked' }, kibibyte.repeat(40), kibibyte.repeat(40))).toBe(413);
    expect(await post({}, Buffer.from([0xff, 0xfe]))).toBe(400);
    expect(await post({ 'Content-Encoding': 'gzip' }, 'x')).toBe(415);
  });

  test.each([
    ['an empty name', '/channels/a,,b', 400, nameSentence],
    [
      'more than 20 channels',
      `/channels/${Array(21).fill('x').join()}`,
      400,
      /can follow at most 20 channels here, not 21/,
    ],
    ['a bad visitor', '/channels/a?visitor=x', 400, /^The parameter "visitor" must have 8 to 40 of /],
    ['a bad panel', '/channels/a?visitor=visitor-1&panel=A', 400, /^The parameter "panel" must have 1 to 16 of /],
    ['a request with the parameter refuse', '/channels/a?refuse=', 406, /^This is refused, as you asked/],
    ['a cursor of hostile size', `/channels/a?cursor=${'x'.repeat(5000)}`, 400, undefined],
    ['an unknown path', '/nothing', 404, /^There is nothing at GET \/nothing\.$/],
    ['a file outside the page', '/..%2fdemo.ts', 404, /^There is nothing at GET /],
  ])('refuses to serve %s', async (_what, url, status, sentence) => {
    const answer = await request(server).get(url);
    expect(answer.status).toBe(status);
    if (sentence) expect(answer.body).toEqual({ error: expect.stringMatching(sentence) });
  });

  test.each([
    ['sse', { accept: 'text/event-stream' }, 'text/event-stream', '\ndata: hello\n'],
    ['sse', { accept: '*/*' }, 'text/event-stream', '\ndata: hello\n'],
    ['ndjson', { accept: 'application/x-ndjson' }, 'application/x-ndjson', '"data":"hello"}\n'],
    ['long-poll', { accept: 'application/json' }, 'application/json', '"data":"hello"}]'],
    ['poll', { accept: 'application/json' }, 'application/json', '"data":"hello"}]'],
    ['comet', { accept: 'text/html,*/*;q=0.8' }, 'text/html', '"data":"hello"}'],
  ])('serves a channel over %s, requested by its name or by %j', async (transport, headers, type, told) => {
    const room = `over-${transport}`;
    const { cursor } = (await request(server).get(`/channels/${room}?transport=poll`)).body;
    await request(server).post(`/channels/${room}`).set('Content-Type', 'text/plain').send('hello');
    const url = `${origin}/channels/${room}?cursor=${cursor}`;
    for (const stream of [await open(`${url}&transport=${transport}`), await open(url, headers)]) {
      expect(await stream.until(told, 1)).toContain(told);
      expect(stream.headers['content-type']).toBe(`${type}; charset=utf-8`);
      expect(stream.headers['content-security-policy']).toMatch(/^default-src 'none'; .*frame-ancestors 'self'/);
      stream.close();
    }
  });

  test('lets a comet frame call its page, and nothing else', async () => {
    const stream = await open(`${origin}/channels/room?transport=comet&callback=pushwire_told`);
    const text = await stream.until('_(', 2);
    stream.close();
    const [, nonce] = /script-src 'nonce-([^']+)'/.exec(String(stream.headers['content-security-policy'])) ?? [];
    expect(nonce).toHaveLength(24);
    expect(text).toContain(`<script nonce="${nonce}">_({"id":`);
    expect(text).toContain('parent.pushwire_told(');
  });

  test('answers an interval poll without news with no body', async () => {
    const { cursor } = (await request(server).get('/channels/quiet?transport=poll')).body;
    const url = `/channels/quiet?transport=poll&cursor=${cursor}`;
    const { headers } = await request(server).get(url);
    const again = await request(server)
      .get(url)
      .set('If-None-Match', headers.etag as string);
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test.each(['put', 'delete', 'patch'] as const)('refuses %s on a channel', async (method) => {
    const answer = await request(server)[method]('/channels/room');
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
    expect(answer.body.error).toBe(`A channel answers GET, HEAD, POST, not ${method.toUpperCase()}.`);
  });

  test('publishes the figures of the server once a second', async () => {
    const stream = await open(`${origin}/channels/server,room`);
    const text = await stream.until('event: ping', 3);
    stream.close();
    const pings = [...text.matchAll(/event: ping\nid: .*\ndata: (.*)\n\n/g)].map(([, data]) =>
      JSON.parse(data as string),
    );
    const [first, second] = pings;
    expect([second.n - first.n, second.connections]).toEqual([1, 1]);
    expect(Date.parse(second.time) - Date.parse(first.time)).toBeGreaterThan(500);
    expect(first).toEqual({
      node: { name: expect.stringMatching(/^(express|koa)-\d+$/), framework: name, port, pid: process.pid },
      n: expect.any(Number),
      time: new Date(first.time).toISOString(),
      cpu: { busy: expect.any(Number), cores: expect.any(Number), load: Array(3).fill(expect.any(Number)) },
      memory: { process: expect.any(Number), used: expect.any(Number), total: expect.any(Number) },
      delay: { mean: expect.any(Number), worst: expect.any(Number) },
      connections: expect.any(Number),
    });
  });

  test('cuts the connection of a client, keeps it offline, and lets it resume', async () => {
    const url = `${origin}/channels/room?visitor=visitor-1`;
    const cut = (query: string) => request(server).post(`/demo/cut?${query}`);
    const stream = await open(url);
    const opening = await stream.until('\n\n', 1);
    expect((await cut('visitor=visitor-1&seconds=10')).status).toBe(204);
    await stream.aborted;
    await expect(open(url)).rejects.toThrow('socket hang up');

    await request(server).post('/channels/room').set('Content-Type', 'text/plain').send('meanwhile');
    const [, cursor] = /^id: (.*)$/m.exec(opening) ?? [];
    let resumed = stream;
    await until('it may connect again', async () => {
      try {
        resumed = await open(url, { 'Last-Event-ID': cursor as string });
        return true;
      } catch {
        return false;
      }
    });
    expect(await resumed.until('\n\n', 2)).toContain('data: meanwhile\n');
    resumed.close();
  });

  test('cuts one panel of a visitor and leaves the others', async () => {
    const url = `${origin}/channels/room?visitor=visitor-3&panel=`;
    const [one, other] = [await open(`${url}one`), await open(`${url}other`)];
    await Promise.all([one.until('\n\n', 1), other.until('\n\n', 1)]);
    await request(server).post('/demo/cut?visitor=visitor-3&panel=one&seconds=30').expect(204);
    await one.aborted;
    await expect(open(`${url}one`)).rejects.toThrow('socket hang up');
    await request(server).post('/channels/room').set('Content-Type', 'text/plain').send('still here');
    expect(await other.until('still here', 1)).toContain('data: still here\n');
    other.close();
  });

  test('stalls the streams and requests of a visitor, and resumes them afterwards', async () => {
    const url = `${origin}/channels/stalls?visitor=visitor-4`;
    const [stream, other] = [await open(url), await open(`${origin}/channels/stalls`)];
    await Promise.all([stream.until('\n\n', 1), other.until('\n\n', 1)]);
    await request(server).post('/demo/stall?visitor=visitor-4&seconds=10').expect(204);
    let answered = false;
    const late = open(`${url}&transport=poll`).then((opened) => {
      answered = true;
      return opened;
    });
    await request(server).post('/channels/stalls').set('Content-Type', 'text/plain').send('hello');
    expect(await other.until('hello', 1)).toContain('data: hello\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([stream.text(), answered]).toEqual([expect.not.stringContaining('hello'), false]);
    expect(await stream.until('hello', 1)).toContain('data: hello\n');
    for (const each of [stream, other, await late]) each.close();
  });

  test('names its node in a header, and in an event to panels that cannot read headers', async () => {
    const stream = await open(`${origin}/channels/room`);
    expect(stream.headers['demo-node']).toBe(demo.node.name);
    stream.close();
    const url = `${origin}/channels/room,visitor:visitor-5.socket?visitor=visitor-5&panel=socket`;
    const socket = openSocket(url);
    const frame = { event: 'node', data: { name: demo.node.name, framework: name, port, pid: process.pid } };
    expect((await socket.until(2))[1]).toMatchObject(frame);
    socket.leave();
    const { body } = await request(server).get('/demo/nodes');
    const node = { ...frame.data, state: 'running' };
    expect(body).toEqual({ time: expect.any(Number), killable: false, nodes: [node] });
  });

  test('accepts WebSockets on a channel, which resume at their cursor', async () => {
    const url = `${origin}/channels/sockets,room`;
    const say = (text: string) =>
      request(server).post('/channels/sockets').set('Content-Type', 'text/plain').send(text).expect(202);
    const socket = openSocket(`${url}?transport=websocket`, { origin });
    const [opening] = await socket.until(1);
    expect(socket.protocol()).toBe('pushwire.v1');
    const data = { cursor: opening?.id, heartbeat: 3000, retry: expect.any(Number) };
    expect(opening).toEqual({ id: expect.any(String), event: 'pushwire:open', data });
    // The back-off is one second, spread by a quarter.
    expect(Math.abs(opening?.data.retry - 1000)).toBeLessThanOrEqual(250);
    const { body } = await say('hello');
    const [, message] = await socket.until(2);
    expect(message).toEqual({ id: expect.stringContaining(body.id), data: 'hello' });
    socket.leave();
    await socket.closed;

    for (const text of ['said', 'meanwhile']) await say(text);
    const resumed = openSocket(`${url}?cursor=${message?.id}`);
    const [again, ...missed] = await resumed.until(3);
    expect([again?.id, missed.map(({ data }) => data)]).toEqual([message?.id, ['said', 'meanwhile']]);
    resumed.leave();
  });

  test('refuses WebSockets of foreign pages, and any request that it refuses without a WebSocket', async () => {
    const refused = (url: string, options: ClientOptions) => openSocket(`${origin}${url}`, options).refused;
    expect(await refused('/channels/room', { origin: 'https://elsewhere.example' })).toBe(403);
    expect(await refused('/channels/a,,b', { origin })).toBe(400);
    expect(await refused('/channels/room?visitor=x', { origin })).toBe(400);
    expect(await refused('/nothing', { origin })).toBe(404);
    expect((await request(server).get('/channels/room?transport=websocket')).status).toBe(426);
  });

  test('cuts all connections of a client, including its WebSocket', async () => {
    const url = `${origin}/channels/room?visitor=visitor-2`;
    const [stream, socket, other] = [await open(url), openSocket(url), openSocket(`${origin}/channels/room`)];
    await stream.until('\n\n', 1);
    await Promise.all([socket.until(1), other.until(1)]);
    expect((await request(server).post('/demo/cut?visitor=visitor-2&seconds=30')).status).toBe(204);
    expect(await socket.closed).toEqual([1006, '']);
    await stream.aborted;
    expect(await openSocket(url).closed).toEqual([1006, '']);
    other.leave();
    expect(await other.closed).toEqual([1000, '']);
  });

  test.each(['', '?visitor=x', '?visitor=visitor-1&seconds=31', '?visitor=visitor-1&seconds=x'])(
    'refuses to cut or stall with the query %j',
    async (query) => {
      for (const act of ['cut', 'stall']) {
        const { status, body } = await request(server).post(`/demo/${act}${query}`);
        expect([status, body]).toEqual([400, { error: expect.stringMatching(/\.$/) }]);
      }
    },
  );

  test('serves the page and everything that it loads under a strict policy', async () => {
    const page = await request(server).get('/');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    const loaded = [...page.text.matchAll(/(?:href|src)="(\/[^"]+\.[a-z]+)"/g)].map(([, url]) => url as string);
    expect(loaded.length).toBeGreaterThan(5);
    for (const url of [...loaded, '/vendor/uplot.js', '/client/index.js']) {
      expect([url, (await request(server).get(url)).status]).toEqual([url, 200]);
    }
    expect((await request(server).head('/')).headers['content-length']).toBe(page.headers['content-length']);
  });
});

describe('the parts of the demo', () => {
  test('read a repeated form field as a list, and accept any field name', () => {
    expect(readBody(form, 'a=1&a=2&b=3')).toEqual({ a: ['1', '2'], b: '3' });
    expect(JSON.stringify(readBody(form, '__proto__=1'))).toBe('{"__proto__":"1"}');
    expect(readBody('application/vnd.api+json', 'null')).toBeNull();
  });

  test('publish facts without an event name after 1 to 10 seconds', async () => {
    expect([randomPause(0), randomPause(1)]).toEqual([1000, 10_000]);
    const hub = createHub();
    const channel = hub.channel('server');
    const publish = jest.spyOn(channel, 'publish');
    jest.spyOn(hub, 'channel').mockReturnValue(channel);
    const announcer = new Announcer(hub, identify('Express', 0), () => 5);
    announcer.start();
    const said = publish.mock.calls;
    await until('it has said some', () => said.length > 5);
    announcer.stop();
    for (const [data, options] of said) expect([data, options]).toEqual([expect.stringMatching(/\d.*\.$/), {}]);
  });

  test('log unexpected errors and do not show them to clients', () => {
    const logged = jest.spyOn(console, 'error').mockImplementation();
    const { status, message } = refusalOf(new Error('secret'));
    expect([status, message]).toEqual([500, 'The server failed to answer this request.']);
    expect(logged).toHaveBeenCalledTimes(1);
    logged.mockRestore();
  });

  describe('the ledger of the page', () => {
    const { Ledger } = jest.requireActual('../examples/demo/public/ledger.js');
    const take = (ledger: InstanceType<typeof Ledger>, ...ids: string[]) => ids.map((id) => ledger.take(id, 'live'));

    test('accepts each id that is the next of one log', () => {
      const ledger = new Ledger();
      expect(take(ledger, 'a.e.1~b.f.7', 'a.e.2~b.f.7', 'a.e.2~b.f.8', 'a.e.3~b.f.8')).toEqual([
        true,
        true,
        true,
        true,
      ]);
      expect(ledger.tally).toEqual({ seen: 4, missing: 0, twice: 0, announced: 0 });
      const alone = new Ledger();
      alone.begin('e.4');
      expect(take(alone, 'e.5', 'e.6!x')).toEqual([true, true]);
    });

    test.each([
      ['a skipped id', ['a.e.1~b.f.7', 'a.e.3~b.f.7'], { missing: 1, twice: 0 }],
      ['a skipped id of another log', ['a.e.1~b.f.7', 'a.e.2~b.f.8'], { missing: 1, twice: 0 }],
      ['a repeated id', ['a.e.1~b.f.7', 'a.e.1~b.f.7'], { missing: 0, twice: 1 }],
      ['an earlier id', ['a.e.2~b.f.7', 'a.e.1~b.f.7'], { missing: 0, twice: 1 }],
      ['another life without a gap', ['a.e.1~b.f.7', 'a.x.1~b.f.7'], { missing: 1, twice: 0 }],
    ])('finds %s', (_what, ids, found) => {
      const ledger = new Ledger();
      take(ledger, ...ids);
      expect(ledger.tally).toMatchObject({ seen: 2, ...found });
    });

    test('takes the names of one beginning for the same place', () => {
      const ledger = new Ledger();
      expect(take(ledger, 'a.e.1~b.-f.0', 'a.e.2~b.-g.0', 'a.e.3~b.-f.0', 'a.e.3~b.h.1')).toEqual(Array(4).fill(true));
      expect(ledger.tally).toEqual({ seen: 4, missing: 0, twice: 0, announced: 0 });
      expect(take(ledger, 'a.e.4~b.h.3')).toEqual([false]);
    });

    test('finds missing messages after the cursor that it began at', () => {
      const ledger = new Ledger();
      ledger.begin('a.e.1~b.f.7');
      expect(take(ledger, 'a.e.3~b.f.7')).toEqual([false]);
    });

    test('continues after an announced gap and counts its messages', () => {
      const ledger = new Ledger();
      take(ledger, 'a.e.1~b.f.7');
      ledger.gap({ reason: 'evicted', missed: 4, cursor: 'a.e.5~b.f.7' });
      take(ledger, 'a.e.6~b.f.7');
      expect(ledger.tally).toEqual({ seen: 2, missing: 0, twice: 0, announced: 4 });
      expect(ledger.newest(60)).toEqual(['live', 'gap', 'live']);
    });

    test('remembers a bounded number of individual ids', () => {
      const ledger = new Ledger();
      for (let n = 1; n < 500; n++) ledger.take(`e.${n}`, 'live');
      expect(ledger.newest(1000)).toHaveLength(120);
      expect(ledger.tally.seen).toBe(499);
    });
  });
});

describe('the command line of the demo', () => {
  test('accepts the framework, the port, a Redis and a name', () => {
    expect(readSettings([], {})).toEqual({ framework: 'express', port: 3000 });
    expect(readSettings(['--framework', 'koa'], { PORT: '0' })).toEqual({ framework: 'koa', port: 0 });
    const joined = { redis: 'redis://localhost:6379/1', name: 'left' };
    expect(readSettings(['--redis', joined.redis, '--name', joined.name], {})).toMatchObject(joined);
  });

  test.each([
    [['--colour'], {}, /^Unknown option '--colour'\. Usage: /],
    [['koa'], {}, /^Unexpected argument 'koa'\. Usage: /],
    [['--framework'], {}, /^Option '--framework <value>' argument missing\. Usage: /],
    [['--framework', 'hapi'], {}, /^The framework is express or koa, not "hapi"\. Usage: /],
    [['--redis', 'localhost'], {}, /^Redis needs a URL like redis:\/\/localhost:6379, not "localhost"\. Usage: /],
    [['--name', 'a b'], {}, /^A name has 1 to 32 /],
    [[], { PORT: 'x' }, /^PORT is a number from 0 /],
    [[], { PORT: '65536' }, /^PORT is a number from 0 /],
  ])('refuses %j with %j', (words, environment, sentence) => {
    const read = () => readSettings(words, environment);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(sentence);
  });

  describe('as a process', () => {
    const root = path.join(__dirname, '..');
    const started: ChildProcess[] = [];

    beforeAll(() => build('examples'));

    afterAll(() => {
      for (const child of started) child.kill('SIGKILL');
    });

    function start(
      words: readonly string[],
      port: string,
    ): { child: ChildProcess; said(): string; over: Promise<number> } {
      const main = path.join(root, 'examples/dist/demo/main.js');
      const child = spawn(process.execPath, [main, ...words], { env: { ...process.env, PORT: port } });
      started.push(child);
      let text = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (text += part));
      return { child, said: () => text, over: once(child, 'close').then(([code]) => code) };
    }

    test.each([
      ['express', 'Express', 'SIGTERM'],
      ['koa', 'Koa', 'SIGINT'],
    ] as const)('starts %s, and stops with open streams', async (framework, title, signal) => {
      const { child, said, over } = start(['--framework', framework], '0');
      await once(child.stdout as NodeJS.ReadableStream, 'data');
      const [line, url] = new RegExp(`^Pushwire demo \\(${title}\\) on (http://localhost:\\d+/)\n$`).exec(said()) ?? [];
      expect(line).toBe(said());
      const stream = await open(`${url}channels/server`);
      const socket = openSocket(`${url}channels/server`);
      await stream.until('event: ping', 1);
      await socket.until(1);
      child.kill(signal);
      expect(await stream.until('event: pushwire:retry', 1)).toContain('pushwire:retry');
      expect(await socket.closed).toEqual([1012, 'draining']);
      expect(socket.frames.at(-1)).toMatchObject({ event: 'pushwire:retry', data: { reason: 'draining' } });
      expect(await over).toBe(0);
    });

    test('explains an error in one line', async () => {
      const unknown = start(['--colour'], '0');
      expect(await unknown.over).toBe(2);
      expect(unknown.said()).toMatch(/^Unknown option .*\n$/);

      const server = createServer().listen(0);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const taken = start([], String(port));
      expect(await taken.over).toBe(1);
      expect(taken.said()).toMatch(new RegExp(`^Port ${port} is taken\\. .*\n$`));
      server.close();
    });

    test('ends when Redis cannot be reached at the start', async () => {
      const { over, said } = start(['--redis', 'redis://user:secret@127.0.0.1:1'], '0');
      expect(await over).toBe(1);
      expect(said()).toMatch(/Redis cannot be reached at 127\.0\.0\.1:1: .*\n$/);
      expect(said()).not.toContain('secret');
    });
  });
});

/** A stream as raw text, on its own connection. */
interface Stream {
  /** Returns all text once it contains the piece so many times. */
  until(piece: string, times: number): Promise<string>;
  text(): string;
  readonly headers: http.IncomingHttpHeaders;
  /** Settles when the stream breaks off. */
  readonly aborted: Promise<unknown>;
  close(): void;
}

async function open(url: string, headers: Record<string, string> = {}): Promise<Stream> {
  const asked = http.get(url, { agent: false, headers });
  const [response] = (await once(asked, 'response')) as [http.IncomingMessage];
  let text = '';
  response.setEncoding('utf8').on('data', (part) => (text += part));
  const aborted = once(response, 'error', { signal: AbortSignal.timeout(waitLimit) }).catch((error) => error);
  response.on('error', () => {});
  return {
    headers: response.headers,
    aborted,
    close: () => asked.destroy(),
    text: () => text,
    async until(piece, times) {
      while (text.split(piece).length <= times)
        await once(response, 'data', { signal: AbortSignal.timeout(waitLimit) });
      return text;
    },
  };
}

interface Frame {
  readonly id?: string;
  readonly event?: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was published
  readonly data: any;
}

/** A WebSocket that speaks `pushwire.v1`. */
interface Socket {
  readonly frames: readonly Frame[];
  /** Returns all frames once there are so many. */
  until(count: number): Promise<readonly Frame[]>;
  /** The subprotocol that the server has accepted. */
  protocol(): string;
  /** The status of a refused handshake. */
  readonly refused: Promise<number | undefined>;
  /** Code and reason of the close. */
  readonly closed: Promise<[number, string]>;
  leave(): void;
}

function openSocket(url: string, options: ClientOptions = {}): Socket {
  const socket = new WebSocket(url.replace('http', 'ws'), 'pushwire.v1', options);
  const frames: Frame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  const refused = new Promise<number | undefined>((resolve) => {
    socket.on('unexpected-response', (asked, { statusCode }) => {
      asked.destroy();
      resolve(statusCode);
    });
  });
  const closed = new Promise<[number, string]>((resolve) => {
    socket.on('close', (code, reason) => resolve([code, String(reason)]));
  });
  // A broken handshake is an error in this library, but its close says the same.
  socket.on('error', () => {});
  return {
    frames,
    refused,
    closed,
    protocol: () => socket.protocol,
    leave: () => socket.close(1000),
    async until(count) {
      while (frames.length < count) await once(socket, 'message', { signal: AbortSignal.timeout(waitLimit) });
      return frames;
    },
  };
}

async function statusOf(asked: http.ClientRequest, parts: readonly (string | Buffer)[]): Promise<number | undefined> {
  for (const part of parts) asked.write(part);
  asked.end();
  const [response] = (await once(asked, 'response')) as [http.IncomingMessage];
  response.resume();
  return response.statusCode;
}
