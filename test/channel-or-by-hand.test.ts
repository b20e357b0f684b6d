import type { IncomingHttpHeaders } from 'node:http';
import { createHub, type Hub, type OpenStream } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

/** What a client has received so far. */
interface Reader {
  readonly head: IncomingHttpHeaders;
  /** The bytes of the body, or the payloads of a WebSocket. */
  text(): string;
  leave(): void;
}

/** Messages of all kinds, with what each transport has to escape. */
const messages: readonly [data: unknown, event?: string][] = [
  ['a\r\nb\rc\n'],
  ['', 'tick'],
  [{ '</script>': ['\u2028', null], ['__proto__']: 1 }, 'é€🙂'],
  [Buffer.from([0, 255, 10])],
  ['<!-- \u0085 -->', ' :x: '],
  [7],
];

const queries = [
  'transport=sse',
  'transport=sse&protocol=pushwire.v1',
  'transport=ndjson',
  'transport=comet&callback=pushwire_7',
  'pushwire.v1',
  'plain WebSocket',
];

describe.each(adapters)('on $name, a client of', ({ http2, start }) => {
  let hub: Hub;
  let app: Running;
  const readers: Reader[] = [];

  beforeAll(async () => {
    hub = createHub();
    app = await start();
  });

  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.leave();
    await until('all connections are closed', () => hub.stats().connections === 0);
  });

  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  async function read(path: string, query: string): Promise<Reader> {
    const isSocket = !query.startsWith('transport');
    const protocol = query.startsWith('pushwire') ? { protocol: query } : {};
    if (isSocket) {
      const { headers, messages, leave } = await openWebSocket(app.url + path, { http2, ...protocol });
      // Each handshake has a key of its own.
      const { 'sec-websocket-accept': _accept, ...head } = headers;
      const shown = () => messages().map((payload) => `${payload.toString('latin1')}\n`);
      readers.push({ head, text: () => shown().join(''), leave });
    } else {
      const { headers, text, leave } = await openStream(`${app.url + path}?${query}`, http2);
      readers.push({ head: headers, text, leave });
    }
    return readers.at(-1) as Reader;
  }

  it.each(queries)('%s gets the same head and the same bytes from a channel and by hand', async (query) => {
    const channel = hub.channel(query);
    let stream: OpenStream | undefined;
    const byHand = app.serve({
      byHand: async ({ openStream }) => {
        stream = await openStream({ hub });
      },
    });
    const [one, other] = [await read(app.serve({ source: channel, push: {} }), query), await read(byHand, query)];
    await until('both are open', () => hub.stats().connections === 2 && stream !== undefined);
    const isOpen = ({ text }: Reader) => query.startsWith('plain') || text().includes('pushwire:open');
    await until('both have their opening', () => isOpen(one) && isOpen(other));
    const [before, beforeOther] = [one.text(), other.text()];
    for (const [data, event] of messages) {
      const fields = event === undefined ? {} : { event };
      const id = await channel.publish(data, fields);
      stream?.send(data, { ...fields, id });
    }
    const last = 'x'.repeat(100_000);
    stream?.send(last, { id: await channel.publish(last) });
    await until('all has come', () => [one, other].every(({ text }) => text().includes(last)));
    await until(
      'both have the same',
      () => one.text().length - before.length === other.text().length - beforeOther.length,
    );
    expect(other.text().slice(beforeOther.length)).toBe(one.text().slice(before.length));
    const { date: _date, ...head } = one.head;
    expect(other.head).toEqual({ ...head, ...('date' in other.head && { date: expect.any(String) }) });
  });
});
