import { createHub, type Hub, type PollAnswer } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { type Heard, readers } from './kit/readers';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

const streams = ['sse', 'ndjson', 'comet'];
const polls = ['long-poll', 'poll'];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(adapters)('push() on $name', ({ http2, start }) => {
  const transports = readers(http2);
  let hub: Hub;
  let app: Running;
  let channelCount = 0;
  let channel: ReturnType<Hub['channel']>;

  beforeAll(async () => {
    hub = createHub({ log: (name) => (name.startsWith('short') ? { count: 2 } : {}) });
    const push = { longPoll: { batchDelay: 50 } };
    app = await start({
      '/own': { source: () => channel, push },
      '/both': { source: () => [channel, hub.channel('other')], push },
      '/generator': {
        source: async function* () {
          yield { data: 'x' };
        },
        push,
      },
    });
  });
  beforeEach(() => {
    channel = hub.channel(`own${++channelCount}`);
  });
  afterEach(() => expect(app.errors).toEqual([]));
  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  const get = async (query: string, headers: Record<string, string> = {}, path = '/own') => {
    const client = await openStream(`${app.url}${path}${query}`, http2, { headers });
    return client;
  };

  /** Returns the answer to a request that is refused. */
  async function ask(transport: string, url: string) {
    if (transport === 'websocket') {
      const { status, headers, body } = await openWebSocket(url, { http2 });
      return { status, headers, text: await body };
    }
    const client = await openStream(`${url}${url.includes('?') ? '&' : '?'}transport=${transport}`, http2);
    await client.ended;
    return { status: client.status, headers: client.headers, text: client.text() };
  }

  describe.each(Object.keys(transports))('over %s', (name) => {
    const read = transports[name] as (typeof transports)[string];

    it('sends the history in order, with the ids that publish() returned', async () => {
      const ids = [await channel.publish('one'), await channel.publish({ n: 2 }, { event: 'tick' })];
      const { messages, cursor, gap } = await read(`${app.url}/own`, '0', 2);
      const second = name === 'sse' ? '{"n":2}' : { n: 2 };
      expect(messages).toEqual([
        { id: ids[0], data: 'one' },
        { id: ids[1], event: 'tick', data: second },
      ]);
      expect([cursor, gap]).toEqual([ids[1], false]);
    });

    it('continues after a cursor, and announces a gap', async () => {
      channel = hub.channel(`short${channelCount}`);
      const first = await channel.publish('1');
      for (const text of ['2', '3', '4']) await channel.publish(text);
      const resumed = await read(`${app.url}/own`, first, 2);
      expect(resumed.gap).toBe(true);
      expect(resumed.messages.map(({ data }) => data)).toEqual(['3', '4']);
      const rest = await read(`${app.url}/own`, resumed.messages[0]?.id, 1);
      expect([rest.gap, rest.messages.map(({ data }) => data)]).toEqual([false, ['4']]);
    });

    it('serves several channels with one cursor', async () => {
      const [a, b] = [await channel.publish('a'), await hub.channel('other').publish('b')];
      const { messages, cursor } = await read(`${app.url}/both`, '0', 2);
      expect(messages.map(({ data }) => data)).toEqual(expect.arrayContaining(['a', 'b']));
      expect(cursor).toContain(a);
      expect(cursor).toContain(b);
    });

    it('announces the end, and answers 204 to a client that knows it', async () => {
      await channel.publish('last');
      await channel.end();
      const last = await read(`${app.url}/own`, '0', 9);
      expect([last.messages.length, last.ended]).toEqual([1, true]);
      expect((await read(`${app.url}/own`, last.cursor, 1)).status).toBe(204);
    });

    it('refuses a cursor of hostile size with one sentence', async () => {
      const { status, text } = await ask(name, `${app.url}/own?cursor=${'x'.repeat(5000)}`);
      expect([status, text]).toEqual([400, 'The cursor is longer than 4096 characters.\n']);
    });
  });

  it('lets a client change transports every few messages without losing any', async () => {
    const total = 150;
    let published = 0;
    const publishers = Array.from({ length: 4 }, async () => {
      while (published < total) {
        await channel.publish(++published);
        await pause(1);
      }
    });
    const orders = [
      Object.keys(transports),
      Object.keys(transports).reverse(),
      ['long-poll', 'websocket', 'sse', 'poll', 'comet'],
    ];
    const clients = orders.map(async (order) => {
      const heard: Heard[] = [];
      let cursor: string | undefined = '0';
      for (let turn = 0; heard.length < total; turn++) {
        const read = transports[order[turn % order.length] as string] as (typeof transports)[string];
        const round = await read(`${app.url}/own`, cursor, Math.min(3, total - heard.length));
        expect(round.gap).toBe(false);
        heard.push(...round.messages);
        cursor = round.cursor;
      }
      return heard.map(({ data }) => Number(data));
    });
    await Promise.all(publishers);
    const expected = Array.from({ length: total }, (_, n) => n + 1);
    for (const numbers of await Promise.all(clients)) expect(numbers).toEqual(expected);
  });

  it('lets a client change transports while the log evicts, and announces a gap for lost messages', async () => {
    channel = hub.channel(`short${channelCount}`);
    const total = 100;
    const names = Object.keys(transports);
    let done = false;
    const publisher = (async () => {
      for (let n = 1; n <= total; n++) {
        await channel.publish(n);
        if (n % 3 === 0) await pause(2);
      }
      done = true;
    })();
    let [cursor, last, turn]: [string | undefined, number, number] = ['0', 0, 0];
    while (!done || last < total) {
      const read = transports[names[turn++ % names.length] as string] as (typeof transports)[string];
      const round = await read(`${app.url}/own`, cursor, 1);
      // A client that starts at the oldest message may get any number first.
      let mayJump = round.gap || last === 0;
      for (const { data } of round.messages) {
        const number = Number(data);
        if (number !== last + 1) expect([number > last, mayJump]).toEqual([true, true]);
        mayJump = false;
        last = number;
      }
      cursor = round.cursor;
    }
    await publisher;
    expect(last).toBe(total);
  });

  it.each([
    ['text/event-stream', 'text/event-stream'],
    ['application/x-ndjson', 'application/x-ndjson'],
    ['application/json', 'application/json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html'],
    ['*/*', 'text/event-stream'],
    ['application/json, text/plain, */*', 'application/json'],
    ['text/html;q=0.1, text/event-stream;q=0.5', 'text/event-stream'],
  ])('answers Accept: %s with %s', async (accept, type) => {
    const client = await get('', { accept });
    expect(client.headers['content-type']).toBe(`${type}; charset=utf-8`);
    expect(client.headers.vary).toMatch(/\bAccept\b/);
    client.leave();
  });

  it('answers 406 with the acceptable types', async () => {
    for (const accept of ['image/png', 'text/event-stream;q=0', 'x'.repeat(5000), ',;q=,,/*;q=9']) {
      const client = await get('', { accept });
      await client.ended;
      expect([client.status, client.text()]).toEqual([
        406,
        'The acceptable types are text/event-stream, application/x-ndjson, application/json, text/html.\n',
      ]);
    }
  });

  it('prefers ?transport= to Accept, and refuses an unknown transport', async () => {
    const named = await get('?transport=ndjson', { accept: 'text/html' });
    expect(named.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    named.leave();
    const unknown = await get('?transport=%3Cb%3E');
    await unknown.ended;
    expect([unknown.status, unknown.text()]).toEqual([
      400,
      'The transport must be one of sse, ndjson, long-poll, poll, comet, websocket.\n',
    ]);
  });

  it('asks new clients to come back while the hub is closed, in the way of each transport', async () => {
    const ownHub = createHub();
    const other = await start({ '/x': { source: ownHub.channel('x'), push: {} } });
    await ownHub.close();
    for (const transport of Object.keys(transports)) {
      const { status, headers, text } = await ask(transport, `${other.url}/x`);
      if (streams.includes(transport)) {
        expect([status, text]).toEqual([200, expect.stringContaining('pushwire:retry')]);
      } else expect([status, headers['retry-after']]).toEqual([503, '3']);
    }
    await other.close();
  });

  it('asks new clients to come back while the hub is full, in the way of each transport', async () => {
    const full = createHub({ limits: { connections: 1 } });
    const other = await start({ '/x': { source: full.channel('x'), push: {} } });
    const first = await openStream(`${other.url}/x`, http2);
    await first.until(({ text }) => text().includes('pushwire:open'));
    const cursor = first.events()[0]?.id;
    for (const transport of Object.keys(transports)) {
      const { status, headers, text } = await ask(transport, `${other.url}/x?cursor=${cursor}`);
      // An interval poll needs no room, so it is answered.
      if (transport === 'poll') expect([status, JSON.parse(text).messages]).toEqual([200, []]);
      else if (streams.includes(transport)) {
        expect([status, text]).toEqual([200, expect.stringMatching(/pushwire:retry.*"reason":"full"/s)]);
      } else expect([status, headers['retry-after'], text]).toEqual([503, expect.any(String), 'The server is full.\n']);
    }
    first.leave();
    for (let tries = 0; full.stats().connections > 0 && tries < 1000; tries++) await pause(5);
    const next = await openStream(`${other.url}/x`, http2);
    await next.until(({ text }) => text().includes('pushwire:open'));
    await full.close();
    await other.close();
  });

  it('asks clients to come back that would follow too many channels, in the way of each transport', async () => {
    const narrow = createHub({ limits: { followedChannels: 1 } });
    const other = await start({
      '/x': { source: narrow.channel('x'), push: {} },
      '/y': { source: narrow.channel('y'), push: {} },
    });
    const first = await openStream(`${other.url}/x`, http2);
    await first.until(({ text }) => text().includes('pushwire:open'));
    for (const transport of Object.keys(transports)) {
      if (transport === 'websocket') {
        const socket = await openWebSocket(`${other.url}/y`, { http2 });
        await socket.until(() => socket.code() !== undefined);
        expect(socket.code()).toBe(1013);
        continue;
      }
      const { status, headers, text } = await ask(transport, `${other.url}/y`);
      if (streams.includes(transport)) {
        expect([status, text]).toEqual([200, expect.stringMatching(/pushwire:retry.*"reason":"full"/s)]);
      } else expect([status, headers['retry-after'], text]).toEqual([503, expect.any(String), 'The server is full.\n']);
    }
    const second = await openStream(`${other.url}/x`, http2);
    await second.until(({ text }) => text().includes('pushwire:open'));
    for (const client of [first, second]) client.leave();
    await narrow.close();
    await other.close();
  });

  it('counts the connections of each client, by its address or its clientKey', async () => {
    for (const clientKey of [undefined, (request: { url: string }) => request.url.split('user=')[1] ?? '']) {
      const crowded = createHub({ limits: { perClient: 2 }, ...(clientKey && { clientKey }) });
      const other = await start({ '/x': { source: crowded.channel('x'), push: {} } });
      const opened: string[] = [];
      for (const user of ['a', 'a', 'a', 'b']) {
        const client = await openStream(`${other.url}/x?user=${user}`, http2);
        await client.until(({ text }) => /pushwire:(open|retry)/.test(text()));
        opened.push(/pushwire:(\w+)/.exec(client.text())?.[1] ?? '');
      }
      expect(opened).toEqual(['open', 'open', 'retry', clientKey ? 'open' : 'retry']);
      await crowded.close();
      await other.close();
    }
  });

  it.each(streams)('runs a generator over %s', async (transport) => {
    const client = await get(`?transport=${transport}`, {}, '/generator');
    await client.ended;
    expect(client.text()).toContain('pushwire:end');
  });

  it.each(polls)('refuses to serve a generator to a %s', async (transport) => {
    const client = await get(`?transport=${transport}`, {}, '/generator');
    await client.ended;
    expect([client.status, client.text()]).toEqual([406, 'This stream has no history and cannot be polled.\n']);
  });

  describe('serves a long poll that', () => {
    const poll = async (query: string) => {
      const client = await get(`?transport=long-poll&${query}`);
      const answer = client.ended.then(() => ({ ...client, body: JSON.parse(client.text() || 'null') }));
      return { client, answer };
    };
    const cursorNow = async () => (await (await poll('')).answer).body.cursor as string;

    it('is answered at once without a cursor, with a cursor for the next poll', async () => {
      const { body, headers } = await (await poll('')).answer;
      expect(body).toEqual({ cursor: expect.stringMatching(/^[\w-]{8}\.0$/), messages: [] });
      expect(headers).toMatchObject({
        'cache-control': 'private, no-store',
        'content-type': 'application/json; charset=utf-8',
      });
      expect(Number(headers['content-length'])).toBeGreaterThan(10);
    });

    it('is held until there is a message, and gets all messages of that moment', async () => {
      const cursor = await cursorNow();
      const opening = openStream(`${app.url}/own?transport=long-poll&cursor=${cursor}`, http2);
      await untilHeld(1);
      await channel.publish('one');
      await new Promise((resolve) => setImmediate(resolve));
      await channel.publish('two');
      const client = await opening;
      await client.ended;
      expect(JSON.parse(client.text()).messages.map(({ data }: Heard) => data)).toEqual(['one', 'two']);
      await untilHeld(0);
    });

    it('is not held for a HEAD request', async () => {
      const cursor = await cursorNow();
      const client = await openStream(`${app.url}/own?transport=long-poll&cursor=${cursor}`, http2, { method: 'HEAD' });
      await client.ended;
      expect([client.status, client.text()]).toEqual([200, '']);
      await untilHeld(0);
    });

    it('is answered empty after its wait, and is refused with a malformed wait', async () => {
      const cursor = await cursorNow();
      const started = Date.now();
      expect((await (await poll(`cursor=${cursor}&wait=0.2`)).answer).body).toEqual({
        from: cursor,
        cursor,
        messages: [],
      });
      expect(Date.now() - started).toBeGreaterThanOrEqual(190);
      for (const wait of ['soon', '-1', '1e9', '99999999', 'NaN']) {
        const client = await get(`?transport=long-poll&cursor=${cursor}&wait=${wait}`);
        await client.ended;
        expect([client.status, client.text()]).toEqual([400, 'The wait must be a number of seconds.\n']);
      }
    });

    it('ends when the same client sends a newer one, but not when another client does', async () => {
      const cursor = await cursorNow();
      const open = (client: string) =>
        openStream(`${app.url}/own?transport=long-poll&cursor=${cursor}&client=${client}`, http2);
      const [first, other] = [open('a'), open('b')];
      await untilHeld(2);
      const second = open('a');
      const replaced = await first;
      await replaced.ended;
      expect(JSON.parse(replaced.text())).toEqual({ from: cursor, cursor, messages: [] });
      await untilHeld(2);
      await channel.publish('x');
      for (const client of await Promise.all([second, other])) {
        await client.ended;
        expect(JSON.parse(client.text()).messages).toHaveLength(1);
      }
    });

    it('is not ended by a poll with the same client name in another room, or of another user', async () => {
      const paramOf = (request: unknown, name: string) =>
        new URL((request as { url: string }).url, 'http://x').searchParams.get(name) ?? '';
      const rooms = createHub({ clientKey: (request) => paramOf(request, 'user') });
      const path = app.serve({ source: (request) => rooms.channel(paramOf(request, 'room')), push: {} });
      const open = async (room: string, user: string) => {
        const url = `${app.url}${path}?transport=long-poll&room=${room}&user=${user}&client=a`;
        const first = await openStream(url, http2);
        await first.ended;
        const { cursor } = JSON.parse(first.text()) as { cursor: string };
        return { answer: openStream(`${url}&cursor=${cursor}`, http2) };
      };
      const held = (count: number) => until(`${count} polls are held`, () => rooms.stats().connections === count);
      const victim = await open('a', 'alice');
      await held(1);
      const otherRoom = await open('b', 'alice');
      await held(2);
      const stranger = await open('a', 'mallory');
      await held(3);
      const again = await open('a', 'mallory');
      await (await stranger.answer).ended;
      await held(3);
      await rooms.channel('a').publish('for alice');
      const client = await victim.answer;
      await client.ended;
      expect(JSON.parse(client.text()).messages).toEqual([expect.objectContaining({ data: 'for alice' })]);
      await rooms.close();
      await Promise.all([otherRoom.answer, again.answer]);
    });

    it('is answered with a 500 if its envelope throws while it is held', async () => {
      const failures = createHub({ logger: { debug() {}, info() {}, error() {} } });
      const envelope = (answer: PollAnswer) => {
        if (answer.messages.length > 0) throw new Error('from the app');
        return answer;
      };
      const path = app.serve({ source: failures.channel('a'), push: { longPoll: { envelope } } });
      const url = `${app.url}${path}?transport=long-poll`;
      const first = await openStream(url, http2);
      await first.ended;
      const { cursor } = JSON.parse(first.text()) as { cursor: string };
      const opening = openStream(`${url}&cursor=${cursor}`, http2);
      await until('the poll is held', () => failures.stats().connections === 1);
      await failures.channel('a').publish('x');
      const client = await opening;
      await client.ended;
      expect([client.status, client.text()]).toEqual([500, '']);
      await failures.close();
    });

    it('ends when the channel ends', async () => {
      const cursor = await cursorNow();
      const opening = openStream(`${app.url}/own?transport=long-poll&cursor=${cursor}`, http2);
      await untilHeld(1);
      await channel.end();
      const client = await opening;
      await client.ended;
      expect(JSON.parse(client.text())).toEqual({ from: cursor, cursor, messages: [], ended: true });
    });

    it('gets a long history in answers of a limited size', async () => {
      for (let n = 0; n < 20; n++) await channel.publish(`${n} ${'x'.repeat(10_000)}`);
      let cursor = '0';
      const sizes: number[] = [];
      while (sizes.reduce((sum, size) => sum + size, 0) < 20) {
        const { body } = await (await poll(`cursor=${cursor}`)).answer;
        sizes.push(body.messages.length);
        cursor = body.cursor;
      }
      expect(sizes).toEqual([6, 6, 6, 2]);
    });

    const untilHeld = (count: number) => until(`${count} polls are held`, () => hub.stats().connections === count);
  });

  describe('serves an interval poll that', () => {
    it('has no body while nothing is new, even if a compressor has changed its ETag', async () => {
      const id = await channel.publish('one');
      const first = await get(`?transport=poll&cursor=${id}`);
      await first.ended;
      expect(JSON.parse(first.text())).toEqual({ from: id, cursor: id, messages: [], interval: 3000 });
      expect(first.headers).toMatchObject({ etag: `"${id}"`, 'cache-control': 'private, no-cache' });
      const { bytes } = hub.stats();
      for (const etag of [`"${id}"`, `W/"${id}"`, `"${id}-gzip"`, `"x", "${id}"`]) {
        const unchanged = await get(`?transport=poll&cursor=${id}`, { 'if-none-match': etag });
        await unchanged.ended;
        expect([unchanged.status, unchanged.text()]).toEqual([304, '']);
      }
      expect(hub.stats().bytes).toBe(bytes);
      await channel.publish('two');
      const changed = await get(`?transport=poll&cursor=${id}`, { 'if-none-match': `"${id}"` });
      await changed.ended;
      expect(JSON.parse(changed.text()).messages).toHaveLength(1);
    });
  });

  describe('serves an iframe that', () => {
    it('calls the function that the request names, and refuses any that may not be meant for it', async () => {
      const named = await get('?transport=comet&callback=pushwire_1');
      await named.until((client) => client.text().includes('pushwire:open'));
      expect(named.text()).toContain('parent.pushwire_1(v)');
      named.leave();
      const foreign = ['eval', 'setTimeout', 'pushwires', 'a.b', 'pushwire.b', 'alert(1)//', '', '%3C/script%3E'];
      for (const callback of [...foreign, `pushwire_${'x'.repeat(24)}`]) {
        const client = await get(`?transport=comet&callback=${callback}`);
        await client.ended;
        expect([client.status, client.text()]).toEqual([
          400,
          'The callback must be pushwire, or pushwire_ and up to 23 letters, digits and _.\n',
        ]);
      }
    });

    it('is refused as a page of its own', async () => {
      const client = await get('?transport=comet', { 'sec-fetch-dest': 'document' });
      await client.ended;
      expect([client.status, client.text()]).toEqual([400, 'This document is for an iframe, not for a page.\n']);
    });

    it('begins with a charset and 1 KiB, without which browsers run its scripts late', async () => {
      const client = await get('?transport=comet');
      await client.until(({ text }) => text().includes('pushwire:open'));
      expect(client.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(client.text().indexOf('_({"')).toBeGreaterThan(1024);
      client.leave();
    });
  });
});
