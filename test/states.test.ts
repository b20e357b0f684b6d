import { createHub, type Hub, type State } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { type Heard, readers } from './kit/readers';

/** A message of a state as a client gets it. */
interface Change {
  readonly id?: string;
  readonly key: string;
  readonly data?: unknown;
  readonly deleted?: true;
}

/** Plain Server-Sent Events have the key in their data. */
const changeOf = (heard: Heard): Change =>
  'key' in heard ? (heard as unknown as Change) : { id: heard.id, ...JSON.parse(heard.data as string) };

describe.each(adapters)('a state on $name', ({ http2, start }) => {
  const transports = readers(http2);
  let hub: Hub;
  let app: Running;
  let count = 0;
  let state: State<number>;

  beforeAll(async () => {
    hub = createHub({ state: { deletions: 2 } });
    app = await start({ '/state': { source: () => state, push: { longPoll: { wait: 500, batchDelay: 0 } } } });
  });
  beforeEach(() => {
    state = hub.state(`state ${++count}`);
  });
  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  describe.each(Object.keys(transports))('over %s', (name) => {
    const read = async (cursor: string | undefined, enough: number) => {
      const round = await (transports[name] as (typeof transports)[string])(`${app.url}/state`, cursor, enough);
      const changes = round.messages.map(changeOf).map(({ id: _id, ...rest }) => rest);
      return { ...round, changes };
    };

    it('is read whole without a cursor, and then on from there', async () => {
      for (const [key, value] of Object.entries({ a: 1, b: 2, c: 3 })) await state.set(key, value);
      await state.set('a', 4);
      await state.delete('b');
      const whole = await read(undefined, 2);
      expect([whole.gap, whole.changes]).toEqual([
        false,
        [
          { key: 'c', data: 3 },
          { key: 'a', data: 4 },
        ],
      ]);
    });

    it('gives the newest value of each key that has changed since a cursor, and tells deletions', async () => {
      const id = await state.set('a', 1);
      await state.set('b', 2);
      await state.set('c', 3);
      await state.set('b', 4);
      await state.delete('a');
      const rest = await read(id, 3);
      expect([rest.gap, rest.changes]).toEqual([
        false,
        [
          { key: 'c', data: 3 },
          { key: 'b', data: 4 },
          { key: 'a', deleted: true },
        ],
      ]);
      const [last] = rest.messages.slice(-1);
      expect(last?.id).toBe(rest.cursor);
    });

    it.each(['clear', 'deletions'])('is read whole again after %s', async (kind) => {
      const id = await state.set('a', 1);
      if (kind === 'clear') await state.clear();
      else {
        for (const key of ['x', 'y', 'z', 'a']) await state.set(key, 0);
        for (const key of ['x', 'y', 'z', 'a']) await state.delete(key);
      }
      await state.set('b', 2);
      const whole = await read(id, 1);
      expect([whole.gap, whole.changes]).toEqual([true, [{ key: 'b', data: 2 }]]);
    });

    it('is followed live, without anything between the snapshot and what comes after it', async () => {
      await state.set('a', 0);
      const writing = (async () => {
        for (let n = 1; n <= 200; n++) {
          await state.set(n % 2 ? 'a' : 'b', n);
          if (n % 10 === 0) await new Promise(setImmediate);
        }
        return state.set('end', 0);
      })();
      let seen = new Map<string, unknown>();
      for (let cursor: string | undefined; !seen.has('end'); ) {
        const round = await read(cursor, 1);
        if (round.gap || cursor === undefined || cursor === 'start') seen = new Map();
        for (const { key, data } of round.changes) seen.set(key, data);
        cursor = round.cursor;
      }
      await writing;
      expect(Object.fromEntries(seen)).toEqual({ a: 199, b: 200, end: 0 });
    });
  });
});
