import fc from 'fast-check';
import { publicConnection } from '../../src/delivery/named-connection';
import { cometEncoders } from '../../src/encoders/comet';
import { ndjsonEncoder } from '../../src/encoders/ndjson';
import { sseEncoder, sseFramesEncoder } from '../../src/encoders/sse';
import { plainWebSocketEncoder, webSocketEncoder } from '../../src/encoders/web-socket';
import { createHub } from '../../src/hub/hub';
import type { HubOptions } from '../../src/hub/options';
import { message } from '../../src/log/outgoing-message';
import { FakeClock } from '../../src/testing';
import { connect, type TestClient } from '../kit/client';

function setUp(options: HubOptions = {}) {
  const clock = new FakeClock();
  const hub = createHub({ clock, ...options });
  return { clock, hub, news: hub.channel('news') };
}

function idOf({ connection }: TestClient): string {
  if (typeof connection === 'string') throw new Error(connection);
  return publicConnection(connection).id;
}

const lastId = (client: TestClient) => client.events().findLast(({ id }) => id !== undefined)?.id;

describe('publish(data, { except })', () => {
  it('sends to all connections but one, which learns its place all the same', async () => {
    const { clock, hub, news } = setUp();
    const clients = [await connect(hub, ['news']), await connect(hub, ['news']), await connect(hub, ['news'])];
    const [one, two, three] = clients as [TestClient, TestClient, TestClient];
    const id = await news.publish('from two', { except: idOf(two) });
    clock.turn();
    expect(clients.map((client) => client.data())).toEqual([['from two'], [], ['from two']]);
    expect(two.events().at(-1)).toEqual({ event: 'pushwire:cursor', id, data: JSON.stringify({ cursor: id }) });
    expect(three.sink.writes.at(-1)).toBe(one.sink.writes.at(-1));
    await news.publish('for all');
    clock.turn();
    expect(clients.map((client) => client.data().at(-1))).toEqual(['for all', 'for all', 'for all']);
    expect(hub.stats().delivered).toBe(5);
  });

  it('leaves one out of some messages of a batch, and needs no word of its place before others', async () => {
    const { clock, hub, news } = setUp();
    const [one, two] = [await connect(hub, ['news']), await connect(hub, ['news'])];
    const [a, b] = [idOf(one), idOf(two)];
    await news.publish('1', { except: a });
    await news.publish(message('2', { event: 'tick' }), { except: b });
    await news.publish('3');
    await news.publish('4', { except: b, event: 'tick' });
    clock.turn();
    expect([one.data(), two.data()]).toEqual([
      ['2', '3', '4'],
      ['1', '3'],
    ]);
    expect(one.sink.text).not.toContain('pushwire:cursor');
    expect(lastId(one)).toBe(lastId(two));
  });

  it.each([
    ['comes back', false],
    ['comes back after it has read on from the log by itself', true],
  ])('does not send the message when the one that is left out %s', async (_how, isLagging) => {
    const { clock, hub, news } = setUp();
    const [one, two] = [await connect(hub, ['news']), await connect(hub, ['news'])];
    one.sink.stalled = two.sink.stalled = isLagging;
    if (isLagging) {
      for (const text of ['a', 'b', 'c']) {
        await news.publish(text.repeat(900));
        clock.turn();
      }
      expect(hub.stats().lagging).toBe(2);
    }
    await news.publish('from one', { except: idOf(one) });
    clock.turn();
    for (const client of [two, one, two]) client.sink.drain();
    expect([one.data().includes('from one'), two.data().includes('from one')]).toEqual([false, true]);
    const cursor = lastId(one);
    expect(cursor).toBe(lastId(two));
    one.sink.leave();
    const again = await connect(hub, ['news'], cursor);
    expect(again.data()).toEqual([]);
  });

  it('knows the place in several channels', async () => {
    const { clock, hub, news } = setUp();
    const [one, two] = [await connect(hub, ['news', 'weather']), await connect(hub, ['news', 'weather'])];
    await hub.channel('weather').publish('sun');
    clock.advance(1);
    await news.publish('from one', { except: idOf(one) });
    clock.turn();
    await news.publish('the next', { except: idOf(one) });
    clock.turn();
    expect([one.data(), two.data()]).toEqual([['sun'], ['sun', 'from one', 'the next']]);
    const [place, other] = [lastId(one), lastId(two)];
    expect(place).toBe(other);
    expect((await connect(hub, ['news', 'weather'], place)).data()).toEqual([]);
  });

  it('reaches everybody when the id is of no open connection', async () => {
    const { clock, hub, news } = setUp();
    const gone = await connect(hub, ['news']);
    const id = idOf(gone);
    gone.sink.leave();
    const [one, two] = [await connect(hub, ['news']), await connect(hub, ['weather'])];
    await news.publish('x', { except: id });
    await news.publish('y', { except: idOf(two) });
    clock.turn();
    expect([one.data(), two.data()]).toEqual([['x', 'y'], []]);
  });

  it('is read by loops in the process, and by clients that come later', async () => {
    const { clock, hub, news } = setUp();
    const one = await connect(hub, ['news']);
    await news.publish('from one', { except: idOf(one) });
    clock.turn();
    expect((await connect(hub, ['news'], '0')).data()).toEqual(['from one']);
    const read = news.read({ from: 'oldest' })[Symbol.asyncIterator]();
    expect((await read.next()).value).toMatchObject({ data: 'from one' });
    await read.return?.();
  });

  it('holds with a batch delay, and at the end of a channel', async () => {
    const { clock, hub, news } = setUp();
    const one = await connect(hub, ['news'], undefined, { batchDelay: 20 });
    const two = await connect(hub, ['news'], undefined, { batchDelay: 20 });
    await news.publish('from one', { except: idOf(one) });
    clock.advance(20);
    expect(one.events().at(-1)?.event).toBe('pushwire:cursor');
    await news.publish('the last of one', { except: idOf(one) });
    await news.end();
    clock.advance(20);
    expect([one.data(), two.data()]).toEqual([[], ['from one', 'the last of one']]);
    expect([one, two].map((client) => client.events().at(-1)?.event)).toEqual(['pushwire:end', 'pushwire:end']);
  });

  it.each([
    [{ except: 'one' }, /publish option except: expected the id of a connection, got/],
    [{ except: 12 as never }, /publish option except: expected the id of a connection/],
    [{ except: ['abcdefghijkl'] as never }, /publish option except: expected the id of a connection/],
    [{ exept: 'abcdefghijkl' } as never, /publish options: unknown option "exept"/],
  ])('throws a TypeError for %j', (options, words) => {
    const { news } = setUp();
    expect(() => news.publish('x', options)).toThrow(TypeError);
    expect(() => news.publish('x', options)).toThrow(words);
  });

  it('is no option of send()', async () => {
    const { hub } = setUp();
    const client = await connect(hub, ['news']);
    if (typeof client.connection === 'string') throw new Error();
    const connection = publicConnection(client.connection);
    expect(() => connection.send('x', { except: connection.id } as object)).toThrow(
      /send options: unknown option "except"/,
    );
  });
});

describe('the place of a client, encoded alone', () => {
  const place = 'k3v9.7';
  it.each([
    ['sse', sseEncoder, 'event: pushwire:cursor\nid: k3v9.7\ndata: {"cursor":"k3v9.7"}\n\n'],
    [
      'sse pushwire.v1',
      sseFramesEncoder,
      'id: k3v9.7\ndata: {"event":"pushwire:cursor","data":{"cursor":"k3v9.7"}}\n\n',
    ],
    ['ndjson', ndjsonEncoder, '{"id":"k3v9.7","event":"pushwire:cursor","data":{"cursor":"k3v9.7"}}\n'],
    [
      'comet',
      cometEncoders({ name: 'comet' })({ path: ['cb'] } as never),
      '<script>_({"id":"k3v9.7","event":"pushwire:cursor","data":{"cursor":"k3v9.7"}},"k3v9.7")</script>\n',
    ],
    [
      'websocket pushwire.v1',
      webSocketEncoder('ws', (_kind, payload) => Buffer.from(payload as string)),
      '{"id":"k3v9.7","event":"pushwire:cursor","data":{"cursor":"k3v9.7"}}',
    ],
    ['a plain websocket', plainWebSocketEncoder('plain'), ''],
  ])('for %s', (_name, encoder, bytes) => {
    const chunk = encoder.moved?.(place);
    expect(Buffer.from(chunk as string).toString()).toBe(bytes);
  });
});

/** Runs steps that the numbers choose. */
async function expectInOrder(numbers: IterableIterator<number>): Promise<void> {
  const below = (n: number): number => (numbers.next().value ?? 0) % n;
  const { clock, hub } = setUp();
  const names = below(2) === 0 ? ['news'] : ['news', 'weather'];
  const clients = await Promise.all([1, 2, 3, 4].map(() => connect(hub, names)));
  const wanted: string[][] = clients.map(() => []);
  const got: string[][] = clients.map(() => []);
  for (let step = 1; step <= 150; step++) {
    const i = below(clients.length);
    const client = clients[i] as TestClient;
    const kind = below(10);
    if (kind < 5) {
      const text = `${step} ${'x'.repeat(below(3) * 300)}`;
      const except = below(2) === 0 ? idOf(client) : undefined;
      await hub.channel(names[below(names.length)] as string).publish(text, { except });
      for (const [j, list] of wanted.entries()) if (except === undefined || j !== i) list.push(text);
      // Messages of several channels are in the order of their times.
      clock.advance(1);
    } else if (kind < 7) clock.turn();
    else if (kind === 7) client.sink.stalled = true;
    else if (kind === 8) client.sink.drain();
    else {
      // It is told its place before it leaves, or else it would come back under another name.
      client.sink.drain();
      clock.turn();
      client.sink.leave();
      got[i]?.push(...client.data());
      clients[i] = await connect(hub, names, lastId(client));
    }
  }
  clock.turn();
  for (const [i, client] of clients.entries()) {
    client.sink.drain();
    clock.turn();
    got[i]?.push(...client.data());
  }
  expect(got).toEqual(wanted);
}

describe('in random runs of publishing, slow clients and clients that come back', () => {
  it('each client gets what is for it, once and in order', async () => {
    const numbers = fc.array(fc.nat({ max: 9999 }), { minLength: 900, maxLength: 900 });
    const run = (given: number[]) => expectInOrder(given.values());
    await fc.assert(fc.asyncProperty(numbers, run), { numRuns: 40 });
  });
});
