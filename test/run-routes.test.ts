import { createHub, type Hub, RunError } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { type Heard, readers } from './kit/readers';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

const many = Number.POSITIVE_INFINITY;
const textOf = (heard: readonly Heard[]) => heard.map(({ data }) => data).join('');

/** Something that a producer waits for until the test has seen what it wants. */
function makeGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe.each(adapters)('a run on $name', ({ http2, start }) => {
  const transports = readers(http2);
  let hub: Hub;
  let app: Running;
  let count = 0;
  /** The id of a run that no other test uses. */
  let id: string;

  beforeAll(async () => {
    // What a producer throws is logged, and some of these throw.
    hub = createHub({ logger: { debug() {}, info() {}, error() {} } });
    const source = () => hub.run(id);
    const push = { longPoll: { wait: 2000, batchDelay: 0 } };
    app = await start({
      '/run': { source, push },
      '/joined': { source, push: { ...push, join: (a: string, b: string) => a + b } },
      '/404': { source, push: { ...push, unknownRun: 404 } },
      '/wait': { source, push: { ...push, unknownRun: 'wait' } },
      '/now': { source, push: { ...push, from: 'now' } },
    });
  });
  beforeEach(() => {
    id = `run ${++count}`;
    app.errors.length = 0;
  });
  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  /** Runs to its end what gives these messages, and then returns or throws. */
  const produce = async (messages: readonly unknown[], error?: Error) => {
    const { done } = await hub.run(id).start(async function* () {
      yield* messages as Iterable<string>;
      if (error) throw error;
    });
    return done;
  };

  describe.each(Object.keys(transports))('over %s', (name) => {
    const read = transports[name] as (typeof transports)[string];
    const path = (route: string) => `${app.url}${route}`;

    it('is read from the very start, with its outcome, and a client that was told gets 204', async () => {
      await produce(['one', 'two']);
      const all = await read(path('/run'), undefined, many);
      expect(all.messages.map(({ data }) => data)).toEqual(['one', 'two']);
      expect([all.gap, all.ended, all.end]).toEqual([false, true, { outcome: 'completed' }]);
      expect(all.cursor).toBe(`${all.messages[1]?.id}!end`);
      expect((await read(path('/run'), all.cursor, 1)).status).toBe(204);
    });

    it('tells its outcome to a client that has every message, but was not told', async () => {
      await produce(['one'], new RunError('quota', 'no money'));
      const { messages } = await read(path('/run'), undefined, many);
      const again = await read(path('/run'), messages[0]?.id, many);
      expect([again.status, again.messages, again.gap, again.end]).toEqual([
        name === 'websocket' ? 101 : 200,
        [],
        false,
        { outcome: 'failed', code: 'quota' },
      ]);
    });

    it('tells the outcome of a run that has failed before its first message', async () => {
      await produce([], new Error('secret'));
      expect((await read(path('/run'), undefined, many)).end).toEqual({ outcome: 'failed', code: 'run-failed' });
    });

    it('is followed while it is under way, until it is stopped', async () => {
      const gate = makeGate();
      const reading = (async () => {
        const heard: Heard[] = [];
        for (let cursor: string | undefined; ; ) {
          const round = await read(path('/wait'), cursor, many);
          heard.push(...round.messages);
          cursor = round.cursor;
          if (round.end) return { heard, end: round.end };
        }
      })();
      await hub.run(id).start(async function* ({ signal }) {
        yield 'one';
        yield 'two';
        gate.open();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      });
      await gate.opened;
      await hub.run(id).stop('enough');
      const { heard, end } = await reading;
      expect([textOf(heard), end]).toEqual(['onetwo', { outcome: 'stopped', reason: 'enough' }]);
    });

    it('that is unknown is answered as one that is finished, or with 404 where the route says so', async () => {
      expect((await read(path('/run'), undefined, many)).status).toBe(204);
      expect(app.errors).toEqual([]);
      if (name === 'websocket') {
        const { status, body } = await openWebSocket(path('/404'), { http2, protocol: 'pushwire.v1' });
        expect([status, await body]).toEqual([404, 'There is no such run.\n']);
      } else expect((await read(path('/404'), undefined, many)).status).toBe(404);
    });

    it('that is kept no longer is told as lost to a client that has a part of it', async () => {
      const round = await read(path('/run'), 'abcdefgh.7', many);
      expect([round.messages, round.end]).toEqual([[], { outcome: 'lost' }]);
      expect(round.cursor).toBe('abcdefgh.7!end');
      expect((await read(path('/run'), round.cursor, 1)).status).toBe(204);
    });

    it('gives a late client neighbours as one message, after which it can go on', async () => {
      const tokens = Array.from({ length: 200 }, (_, n) => `token ${n} `);
      await produce(tokens);
      const { messages } = await read(path('/run'), undefined, many);
      expect(messages).toHaveLength(200);
      const all = await read(path('/joined'), undefined, many);
      expect(all.messages).toEqual([{ id: messages[199]?.id, data: tokens.join('') }]);
      const rest = await read(path('/joined'), messages[150]?.id, many);
      expect([textOf(rest.messages), rest.gap]).toEqual([tokens.slice(151).join(''), false]);
    });

    it('begins where the route says, and tells a client of an earlier start of the gap', async () => {
      await produce(['old']);
      const { messages } = await read(path('/run'), undefined, many);
      await produce(['new', 'newer']);
      const now = await read(path('/now'), undefined, many);
      expect([now.messages, now.end]).toEqual([[], { outcome: 'completed' }]);
      const late = await read(path('/run'), messages[0]?.id, many);
      expect([late.gap, late.messages.map(({ data }) => data)]).toEqual([true, ['new', 'newer']]);
      // A client that was told of the end of the earlier start does not get this one.
      expect((await read(path('/run'), `${messages[0]?.id}!end`, many)).status).toBe(204);
    });
  });

  it.each(Object.keys(transports))('answers HEAD as GET, over %s', async (transport) => {
    const statusOf = async (route: string, cursor?: string, method = 'HEAD') => {
      const query = new URLSearchParams({ transport, wait: '0', ...(cursor && { cursor }) });
      const client = await openStream(`${app.url}${route}?${query}`, http2, { method });
      if (method === 'HEAD') await client.ended;
      else client.leave();
      expect([method, client.text()]).toEqual([method, method === 'HEAD' ? '' : expect.any(String)]);
      return client.status;
    };
    const expectStatus = async (status: number, route: string, cursor?: string) => {
      const statuses = [await statusOf(route, cursor), await statusOf(route, cursor, 'GET')];
      // An ordinary GET is no handshake. HEAD tells what one would be answered with.
      const wanted = transport === 'websocket' ? [status === 404 ? 404 : 426, 426] : [status, status];
      expect([route, cursor, ...statuses]).toEqual([route, cursor, ...wanted]);
    };
    await expectStatus(204, '/run');
    await expectStatus(404, '/404');
    await expectStatus(200, '/wait');
    await expectStatus(200, '/run', 'abcdefgh.7');
    await produce(['one']);
    await expectStatus(200, '/run');
    await expectStatus(200, '/404');
    await expectStatus(204, '/run', 'abcdefgh.1!end');
    await until('no connection is left', () => hub.stats().connections === 0);
  });

  it.each(['pushwire.v1', undefined])('tells a WebSocket how it has ended by the close frame: %p', async (protocol) => {
    const closeOf = async (route: string) => {
      const client = await openWebSocket(`${app.url}${route}`, { http2, ...(protocol && { protocol }) });
      await client.closed;
      return [client.code(), client.reason()];
    };
    expect(await closeOf('/run')).toEqual([1000, 'ended']);
    expect(await closeOf('/run?cursor=abcdefgh.7')).toEqual([1000, 'lost']);
    await produce(['all']);
    expect(await closeOf('/run')).toEqual([1000, 'completed']);
    await produce(['some'], new RunError('quota'));
    expect(await closeOf('/run')).toEqual([1000, 'failed: quota']);
    await hub.run(id).start(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    const live = closeOf('/run');
    await until('a client follows it', () => hub.stats().connections === 1);
    await hub.run(id).stop('enough');
    expect(await live).toEqual([1000, 'stopped: enough']);
  });

  it('is read whole by clients that change transports in the middle of it', async () => {
    const total = 120;
    const orders = [Object.keys(transports), Object.keys(transports).reverse(), ['long-poll', 'websocket', 'sse']];
    await hub.run(id).start(async function* () {
      for (let n = 1; n <= total; n++) {
        yield `${n} `;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      throw new RunError('tired');
    });
    const expected = Array.from({ length: total }, (_, n) => `${n + 1} `).join('');
    const clients = ['/run', '/joined'].flatMap((route) =>
      orders.map(async (order) => {
        const heard: Heard[] = [];
        let cursor: string | undefined;
        for (let turn = 0; ; turn++) {
          const read = transports[order[turn % order.length] as string] as (typeof transports)[string];
          const round = await read(`${app.url}${route}`, cursor, 5);
          expect(round.gap).toBe(false);
          heard.push(...round.messages);
          cursor = round.cursor;
          if (round.end) return { text: textOf(heard), end: round.end };
        }
      }),
    );
    for (const client of await Promise.all(clients)) {
      expect(client).toEqual({ text: expected, end: { outcome: 'failed', code: 'tired' } });
    }
  });

  it('leads on from each id, also from those of messages that were joined', async () => {
    const tokens = Array.from({ length: 40 }, (_, n) => `${n} `);
    await produce(tokens);
    const { messages } = await (transports.ndjson as (typeof transports)[string])(`${app.url}/run`, undefined, many);
    const client = await openStream(`${app.url}/joined?transport=sse`, http2, {
      headers: { 'last-event-id': messages[9]?.id as string },
    });
    await client.ended;
    expect(client.data()).toEqual([tokens.slice(10).join('')]);
    expect(client.events().at(-1)).toMatchObject({ event: 'pushwire:end', id: `${messages[39]?.id}!end` });
  });

  it('keeps a waiting client until it begins, and no connection is left at its end', async () => {
    const client = await openStream(`${app.url}/wait?transport=sse`, http2);
    await client.until((stream) => stream.events().length > 0);
    await produce(['one']);
    await client.ended;
    expect(client.events().map(({ event }) => event)).toEqual(['pushwire:open', 'message', 'pushwire:end']);
    await until('no connection is left', () => hub.stats().connections === 0);
  });
});
