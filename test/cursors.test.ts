import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, type Hub, message, serveSse } from '@pushwire/core';
import { EventSource } from 'eventsource';
import fc from 'fast-check';
import { adapters, type Running } from './kit/adapters';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

// Cursors of other servers, over every transport and adapter: pages that were open when a site
// moved to Pushwire come back with the ids of its former server.

/** Cursors that are none of ours. Those with `\0` cannot be sent in a header. */
const foreignCursors: Record<string, string> = {
  'an id of another server': '42',
  'a time': '1700000000',
  'a word': 'nonsense',
  JSON: '{"seq":7}',
  'Chinese text': '第七',
  'a script': 'e.1<script>',
  'an offset beyond all': 'e.99999999999999999999',
  'a malformed round': 'e.1!<x>',
  'too many positions': new Array(101).fill('e.1').join('~'),
  '4000 characters': 'x'.repeat(4000),
  'a percent sign': '100%',
  NUL: '\0',
};

/** The ways in which a cursor arrives, as the path's query and the headers. */
const carriers: Record<string, (cursor: string) => { path: string; headers?: Record<string, string> }> = {
  'Last-Event-ID': (cursor) => ({
    path: '/own?',
    // A browser sends UTF-8, which Node's client wants as Latin-1.
    headers: { 'last-event-id': Buffer.from(cursor.replaceAll('\0', '?')).toString('latin1') },
  }),
  '?cursor=': (cursor) => ({ path: `/own?cursor=${encodeURIComponent(cursor)}&` }),
  'two ?cursor=': (cursor) => ({ path: `/own?cursor=${encodeURIComponent(cursor)}&cursor=n.1&` }),
  '?lastEventId=': (cursor) => ({ path: `/own?lastEventId=${encodeURIComponent(cursor)}&cursor=n.1&` }),
};

/** A page that polls, or reloads its iframe, with a parameter of its own. */
const ownParameter = (cursor: string) => ({ path: `/page?timestamp=${encodeURIComponent(cursor)}&` });

/** The first events that a request gets, in the form of frames. A WebSocket has the status 200. */
interface Answer {
  readonly status: number;
  readonly events: { readonly event?: string; readonly id?: string; readonly data: unknown }[];
}

const reasonIn = ({ events }: Answer) => {
  const gaps = events.filter(({ event }) => event === 'pushwire:gap').map(({ data }) => (data as Gap).reason);
  return gaps.join(' and ');
};
type Gap = { reason: string };
const dataIn = ({ events }: Answer) =>
  events.filter(({ event }) => !event?.startsWith('pushwire:')).map(({ data }) => data);

describe.each(adapters)('a cursor that is not ours, on $name', ({ http2, start }) => {
  let hub: Hub;
  let app: Running;

  beforeAll(async () => {
    hub = createHub();
    const [channel, empty] = [hub.channel('news'), hub.channel('empty')];
    const parameter = 'timestamp';
    app = await start({
      '/own': { source: channel, push: {} },
      '/two': { source: [channel, empty], push: {} },
      '/page': { source: channel, push: { comet: { parameter }, longPoll: { parameter }, poll: { parameter } } },
    });
    for (const text of ['a', 'b']) await channel.publish(text);
  });
  afterAll(async () => {
    await hub.close();
    await app.close();
  });
  afterEach(() => expect(app.errors).toEqual([]));

  type Ask = (path: string, headers?: Record<string, string>) => Promise<Answer>;

  /** Reads a stream until the second message. */
  const stream = (transport: string, parse: (text: string) => Answer['events']): Ask => {
    return async (path, headers = {}) => {
      const client = await openStream(`${app.url}${path}transport=${transport}`, http2, { headers });
      const hasAll = () => parse(client.text()).some(({ data }) => data === 'b');
      if (client.status === 200) await client.until(hasAll);
      client.leave();
      return { status: client.status, events: parse(client.text()) };
    };
  };
  const poll = (transport: string): Ask => {
    return async (path, headers = {}) => {
      const client = await openStream(`${app.url}${path}transport=${transport}`, http2, { headers });
      await client.ended;
      if (client.status !== 200) return { status: client.status, events: [] };
      const { gap, messages } = JSON.parse(client.text());
      return { status: 200, events: gap ? [{ event: 'pushwire:gap', data: gap }, ...messages] : messages };
    };
  };
  const jsonIn = (text: string, lines: RegExp) => [...text.matchAll(lines)].map(([, json = '']) => JSON.parse(json));

  const transports: Record<string, Ask> = {
    sse: stream('sse&protocol=pushwire.v1', (text) => jsonIn(text, /^data: (.*)\n\n/gm)),
    ndjson: stream('ndjson', (text) => jsonIn(text, /^(\{.*\})\n/gm)),
    comet: stream('comet', (text) => jsonIn(text, /<script>_\((\{.*?\})(?:,"[^"]*")?(?:,\d+)?\)<\/script>\n/g)),
    'long-poll': poll('long-poll'),
    poll: poll('poll'),
    websocket: async (path, headers = {}) => {
      const client = await openWebSocket(`${app.url}${path}protocol=pushwire.v1`, { http2, headers });
      const frames = () => client.messages().map((text) => JSON.parse(text.toString()));
      if (client.status === 101) await client.until(() => frames().some(({ data }) => data === 'b'));
      client.leave();
      return { status: client.status === 101 ? 200 : client.status, events: frames() };
    },
  };

  describe.each(Object.entries(transports))('over %s', (transport, ask) => {
    const expectGap = async (kind: string, path: string, headers?: Record<string, string>) => {
      const answer = await ask(path, headers);
      expect([kind, answer.status, reasonIn(answer), dataIn(answer)]).toEqual([kind, 200, 'foreign', ['a', 'b']]);
    };
    it.each(Object.entries(carriers))('is a gap by %s, and all that is kept follows', async (_name, carry) => {
      for (const [kind, cursor] of Object.entries(foreignCursors)) {
        const { path, headers } = carry(cursor);
        await expectGap(kind, path, headers);
      }
    });

    if (['comet', 'long-poll', 'poll'].includes(transport)) {
      it("is a gap by the page's own parameter, and all that is kept follows", async () => {
        for (const [kind, cursor] of Object.entries(foreignCursors)) await expectGap(kind, ownParameter(cursor).path);
      });
    }

    it('costs only the channels that no readable part of the cursor names', async () => {
      const whole = await openStream(`${app.url}/two?transport=poll&cursor=0`, http2);
      await whole.ended;
      const [first, second] = (JSON.parse(whole.text()).cursor as string).split('~');
      const kept = `${(first as string).replace(/\d+$/, '1')}~42`;
      const answer = await ask(`/two?cursor=${kept}&`);
      expect([answer.status, reasonIn(answer), dataIn(answer)]).toEqual([200, 'foreign', ['b']]);
      const both = await ask(`/two?cursor=${(first as string).replace(/\d+$/, '1')}~42~${second}&`);
      expect([both.status, reasonIn(both), dataIn(both)]).toEqual([200, '', ['b']]);
    });
  });
});

describe.each(adapters)('an id of a generator, on $name', ({ http2, start }) => {
  /** Asks with an id in a place, and returns what the source gets as `lastEventId`. */
  const lastEventIdFor = async (url: string, id: string, place: string) => {
    const inHeader = place === 'Last-Event-ID';
    const query = inHeader ? '' : `?${place}=${encodeURIComponent(id)}`;
    const headers = { ...(inHeader && { 'last-event-id': Buffer.from(id).toString('latin1') }) };
    const client = await openStream(`${url}${query}`, http2, { headers });
    await client.ended;
    return client.status === 200 ? client.data()[0] : client.status;
  };
  const canBeSent = (id: string) => {
    try {
      message('x', { id });
      return id !== '';
    } catch {
      return false;
    }
  };

  it('comes back as it was, in the header and in each parameter, whatever it is', async () => {
    const app = await start();
    const source = async function* (_request: unknown, { lastEventId }: { lastEventId: string | undefined }) {
      yield { data: lastEventId };
    };
    const url = app.url + app.serve({ source });
    const longest = ['x'.repeat(4096), 'é'.repeat(682), '%'.repeat(1365), '第'.repeat(455)];
    const table = [...longest, '42', '0', '100%', '%41', 'a+b', 'a b', 'a,b', '\ufeffx', 'é', '\u0080', '🙂', '-.0'];
    const text = fc.string({ unit: 'binary', maxLength: 20, minLength: 1 });
    const texts = fc.oneof(
      text,
      fc.string({ unit: fc.constantFrom(' ', '%', '\t', '\u00a0', 'é', '\x7f', '"', '#', '&') }),
    );
    for (const id of table) expect([id, canBeSent(id)]).toEqual([id, true]);
    for (const id of [...table, ...fc.sample(texts, 100).filter(canBeSent)]) {
      for (const place of ['Last-Event-ID', 'cursor', 'lastEventId', 'evs_last_event_id']) {
        expect([place, await lastEventIdFor(url, id, place)]).toEqual([place, id]);
      }
    }
    await app.close();
  });
});

describe.each(adapters)('a parameter of the app, on $name', ({ http2, start }) => {
  it('brings the id of a generator back to its source', async () => {
    const app = await start();
    const source = async function* (_request: unknown, { lastEventId }: { lastEventId: string | undefined }) {
      yield { data: { lastEventId }, id: '7' };
    };
    const path = app.serve({ source, push: { comet: { parameter: 'since' } } });
    const client = await openStream(`${app.url}${path}?transport=comet&since=7&cursor=6`, http2);
    await client.ended;
    expect(client.text()).toContain('"data":{"lastEventId":"7"}');
    await app.close();
  });
});

describe('a native EventSource that was open when its site moved to Pushwire', () => {
  type Serve = (incoming: IncomingMessage, response: ServerResponse) => void;

  /** The former server: it numbers its events itself, and goes after the first one. */
  const former: Serve = (_incoming, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.end('retry: 20\nid: 42\ndata: former\n\n');
  };

  it('learns of a gap, gets what is kept, and stays', async () => {
    const hub = createHub();
    const news = hub.channel('news');
    await news.publish('kept');
    const serve = serveSse(news);
    const asked: unknown[] = [];
    let current: Serve = former;
    const listener: RequestListener = (incoming, response) => {
      asked.push(incoming.headers['last-event-id']);
      current(incoming, response);
      current = (request, answer) => void serve(request, answer, request);
    };
    const server = createServer(listener).listen(0, '127.0.0.1');
    await until('the server listens', () => server.listening);
    const source = new EventSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const seen: string[] = [];
    const gaps: string[] = [];
    source.onmessage = ({ data }) => seen.push(data);
    source.addEventListener('pushwire:gap', ({ data }) => gaps.push(JSON.parse(data).reason));
    await until('the kept message has come', () => seen.includes('kept'));
    await news.publish('new');
    await until('the new message has come', () => seen.includes('new'));
    expect([seen, gaps, asked]).toEqual([['former', 'kept', 'new'], ['foreign'], [undefined, '42']]);
    expect(source.readyState).toBe(source.OPEN);
    source.close();
    await hub.close();
    server.closeAllConnections();
    server.close();
  });
});
