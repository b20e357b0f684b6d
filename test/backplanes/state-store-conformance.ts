import { randomUUID } from 'node:crypto';
import type { BackplaneFactory, StateLimits } from '@pushwire/core/backplanes';
import { until } from '../kit/until';
import { backplaneOf, Follower, limitsOfTests, positionOf, type WithStates, Writer } from './state-stores';

/** Backplanes that share their states, each as a process of its own has it. */
export interface SharedStates {
  make(): BackplaneFactory;
  /** True where both processes are one. */
  readonly isOne?: boolean;
  close(): Promise<void>;
}

/** What every store of states does. Two processes share it. */
export function conformsAsStateStore(name: string, start: () => Promise<SharedStates>) {
  describe(`the states of ${name}`, () => {
    let shared: SharedStates;
    let [here, there]: WithStates[] = [];
    let log = '';
    let state: Writer;
    let other: Writer;
    const open: Follower[] = [];
    const more: WithStates[] = [];

    const follow = async (backplane = there as WithStates) => {
      const follower = await Follower.of(backplane, log);
      open.push(follower);
      return follower;
    };
    /** Only one follower of a process may be called. */
    const leave = () => {
      for (const one of open.splice(0)) one.followed.stop();
    };
    /** Another process, where there can be one. */
    const elsewhere = () => {
      if (shared.isOne) return here as WithStates;
      more.push(backplaneOf(shared.make()));
      return more.at(-1) as WithStates;
    };
    const limit = (limits: Partial<StateLimits>) => limitsOfTests.set(log, limits);
    const kind = async (written: ReturnType<Writer['set']>) => (await written).kind;

    beforeAll(async () => {
      shared = await start();
      here = backplaneOf(shared.make());
      there = shared.isOne ? here : backplaneOf(shared.make());
    });
    beforeEach(() => {
      log = `pushwire:state:${randomUUID()} {of tests}`;
      [state, other] = [here, there].map((one) => new Writer((one as WithStates).states, log)) as [Writer, Writer];
    });
    afterEach(async () => {
      leave();
      for (const one of more.splice(0)) await one.close();
    });
    afterAll(async () => {
      await here?.close();
      if (there !== here) await there?.close();
      await shared.close();
    });

    it('have nothing where nothing was written', async () => {
      expect(await state.read()).toEqual([]);
      expect(await state.read('a')).toEqual([]);
      const follower = await follow();
      expect([follower.log.head, follower.kept, follower.gaps]).toEqual([0, [], []]);
      expect(await state.delete('a')).toMatchObject({ kind: 'unchanged', position: { offset: 0 } });
      expect(await kind(state.delete('a', { epoch: 'e', offset: 1 }))).toBe('moved');
      expect(await kind(state.set('a', 1, { epoch: 'e', offset: 1 }))).toBe('moved');
      expect((await other.store.clear(log)).offset).toBe(0);
      expect([follower.log.head, follower.gaps]).toEqual([0, []]);
    });

    it('have the newest value of each key, in the order of the changes', async () => {
      const before = Date.now();
      const first = positionOf(await state.set('a', 1));
      for (const [key, value] of Object.entries({ b: 2, c: 3, d: 4 })) await other.set(key, value);
      await state.set('a', { b: [1] });
      await other.delete('b');
      const last = positionOf(await state.set('c', 'c'));
      expect(last).toEqual({ epoch: first.epoch, offset: 7 });
      for (const one of [state, other]) {
        expect(await one.read()).toEqual(['4 d=4', '5 a={"b":[1]}', '7 c="c"']);
        expect([await one.read('a'), await one.read('b')]).toEqual([['5 a={"b":[1]}'], []]);
      }
      const { epoch, entries } = await other.store.read(log);
      expect(epoch).toBe(first.epoch);
      for (const { time } of entries) expect(Math.abs(time - before)).toBeLessThan(60_000);
    });

    it.each([
      ['one that holds', 'absent', 'written'],
      ['another one', { epoch: 'other', offset: 1 }, 'moved'],
    ] as const)('begin with a write on a condition: %s', async (_what, ifAt, expected) => {
      expect(await kind(state.set('a', 1, ifAt))).toBe(expected);
      expect(await other.read()).toEqual(expected === 'written' ? ['1 a=1'] : []);
    });

    it('are written to on a condition', async () => {
      const one = positionOf(await state.set('a', 1));
      expect(await kind(other.set('a', 2, 'absent'))).toBe('moved');
      const two = positionOf(await other.set('a', 2, one));
      for (const ifAt of [one, { ...two, epoch: 'other' }, { ...two, offset: 3 }]) {
        expect(await kind(state.set('a', 3, ifAt))).toBe('moved');
        expect(await kind(state.delete('a', ifAt))).toBe('moved');
      }
      expect(await other.read()).toEqual(['2 a=2']);
      expect(await kind(state.delete('a', two))).toBe('written');
      expect(await state.delete('a')).toEqual({ kind: 'unchanged', position: { ...one, offset: 3 } });
      expect(await kind(state.delete('a', { ...one, offset: 3 }))).toBe('moved');
      expect(await kind(state.delete('a', 'absent'))).toBe('unchanged');
      expect(await kind(other.set('a', 4, 'absent'))).toBe('written');
    });

    it('give a key to one of many', async () => {
      const writes = Array.from({ length: 20 }, (_, i) => (i % 2 ? state : other).set('seat', i, 'absent'));
      const kinds = (await Promise.all(writes)).map((written) => written.kind);
      expect(kinds.filter((one) => one === 'written')).toHaveLength(1);
      expect(kinds.filter((one) => one === 'moved')).toHaveLength(19);
    });

    it('are full at their limits, until something is deleted', async () => {
      limit({ keys: 2, bytes: 20 });
      await state.set('a', 1);
      await other.set('b', 2);
      expect(await state.set('c', 3)).toEqual({ kind: 'full', limit: 'keys' });
      expect(await kind(state.set('a', '12345678'))).toBe('written');
      expect(await state.set('b', '12345678')).toEqual({ kind: 'full', limit: 'bytes' });
      expect(await kind(state.set('a', '123456789'))).toBe('written');
      expect(await other.read()).toEqual(['2 b=2', '4 a="123456789"']);
      await state.delete('a');
      expect(await kind(other.set('c', '12345678'))).toBe('written');
      expect(await state.read()).toEqual(['2 b=2', '6 c="12345678"']);
    });

    it('are followed, and read with their deletions by who comes late', async () => {
      const follower = await follow(here);
      const early = shared.isOne ? follower : await follow();
      await state.set('a', 1);
      await other.set('b', 2);
      await state.set('a', 3);
      await other.delete('b');
      await until('all is read', () => [follower, early].every(({ log: { head } }) => head === 4));
      for (const one of [follower, early]) {
        await until('it is shown', () => one.shown.size === 1);
        expect([one.values, one.kept, one.gaps]).toEqual([{ a: 3 }, ['3 a=3', '4 b deleted'], []]);
      }
      leave();
      const late = await follow(elsewhere());
      expect([late.values, late.kept, late.log.floor]).toEqual([{ a: 3 }, ['3 a=3', '4 b deleted'], 0]);
    });

    const keys = ['a b', '\n', '=', '-', '=1 a', 'é€😀', '0', '7', 'epoch', 'counts', '\0\u2028"\\', 'x'.repeat(255)];
    it('take any key, and any value', async () => {
      const follower = await follow();
      const values = ['', 'text\nwith \u2028 lines', '-', null, [], { a: { '': 1 } }, 0.5, '😀', true];
      const truth = Object.fromEntries(keys.map((key, i) => [key, values[i % values.length]]));
      for (const [key, value] of Object.entries(truth)) await state.set(key, value);
      await until('all is shown', () => follower.shown.size === keys.length);
      expect(follower.values).toEqual(truth);
      for (const key of keys) expect(await other.read(key)).toHaveLength(1);
      leave();
      for (const [i, key] of keys.entries()) if (i % 2) await other.delete(key);
      const late = await follow(here);
      await until('all is read', () => late.log.head === keys.length * 1.5);
      expect([...late.log.values()].map(({ message }) => message.key)).toEqual(
        Object.keys(truth).filter((key) => keys.indexOf(key) % 2 === 0),
      );
      expect(late.kept.filter((text) => text.endsWith(' deleted'))).toHaveLength(keys.length / 2);
    });

    it('forget deletions that are too many, or too old', async () => {
      limit({ deletions: 2 });
      for (const key of ['a', 'b', 'c', 'd']) await state.set(key, 0);
      for (const key of ['b', 'a', 'c']) await state.delete(key);
      const late = await follow();
      expect([late.log.floor, late.kept]).toEqual([5, ['6 a deleted', '7 c deleted']]);
      expect([late.log.head, late.values, await other.read()]).toEqual([7, { d: 0 }, ['4 d=0']]);
      leave();
      limit({ deletions: 2, deletionAge: 1 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      await state.set('d', 1);
      const later = await follow(elsewhere());
      if (!shared.isOne) expect([later.log.floor, later.kept]).toEqual([7, ['8 d=1']]);
      expect(later.values).toEqual({ d: 1 });
    });

    it('begin anew when they are cleared', async () => {
      const follower = await follow();
      const { epoch } = positionOf(await state.set('a', 1));
      await state.set('b', 2);
      await until('all is read', () => follower.shown.size === 2);
      const cleared = await state.store.clear(log);
      expect([cleared.offset, cleared.epoch === epoch]).toEqual([0, false]);
      await until('that is seen', () => follower.log.epoch === cleared.epoch);
      await until('the client has a gap', () => follower.gaps.length === 1);
      expect([follower.shown.size, await other.read()]).toEqual([0, []]);
      expect(await kind(other.set('a', 1, { epoch, offset: 1 }))).toBe('moved');
      expect(positionOf(await other.set('c', 3))).toEqual({ epoch: cleared.epoch, offset: 1 });
      await until('it is followed on', () => follower.shown.size === 1);
      expect([follower.values, follower.gaps]).toEqual([{ c: 3 }, ['epoch']]);
    });

    it('delete what is too old, as followers see in time', async () => {
      limit({ age: 500, keys: 2 });
      const follower = await follow();
      await state.set('a', 1);
      await other.set('b', 2);
      await until('both are shown', () => follower.shown.size === 2);
      const one = positionOf(await state.set('a', 2));
      await until('they are gone', () => follower.shown.size === 0);
      expect(follower.kept).toEqual(['4 b deleted', '5 a deleted']);
      expect([await state.read(), await other.read('a'), follower.gaps]).toEqual([[], [], []]);
      expect(await kind(state.set('a', 3, one))).toBe('moved');
      expect(await kind(state.set('a', 3, 'absent'))).toBe('written');
    });

    it('show nothing that is too old, if nobody follows', async () => {
      limit({ age: 200, keys: 2 });
      const one = positionOf(await state.set('a', 1));
      await state.set('b', 1);
      await until('nothing is shown', async () => (await other.read()).length === 0);
      expect(await other.read('a')).toEqual([]);
      expect(await kind(other.set('a', 3, one))).toBe('moved');
      expect(await kind(other.set('c', 3, 'absent'))).toBe('written');
      expect(await kind(other.set('a', 3, 'absent'))).toBe('written');
      expect(await state.read('b')).toEqual([]);
    });

    it('have room where very many are too old', async () => {
      limit({ age: 300, keys: 200, bytes: 22_000 });
      const fill = (from: number) => {
        return Promise.all(Array.from({ length: 200 }, (_, n) => kind(state.set(`${from + n}`, 'x'.repeat(100)))));
      };
      expect(new Set(await fill(0))).toEqual(new Set(['written']));
      await until('nothing is shown', async () => (await other.read()).length === 0);
      expect(await kind(other.set('other', 'x'.repeat(20_000)))).toBe('written');
      await other.delete('other');
      expect(new Set(await fill(1000))).toEqual(new Set(['written']));
    });

    it('are whole for followers that come while much is written', async () => {
      const truth: Record<string, unknown> = {};
      const write = (one: Writer, key: string, value: unknown) => {
        truth[key] = value;
        return one.set(key, value);
      };
      for (let n = 0; n < 1300; n += 100) {
        await Promise.all(Array.from({ length: 100 }, (_, i) => write(state, `key ${n + i}`, 'x'.repeat(1500))));
      }
      let isOver = false;
      const writing = (async () => {
        for (let n = 0; !isOver; n++) await write(other, `key ${(n * 7) % 1400}`, n);
      })();
      const followers = [await follow(here)];
      if (!shared.isOne) followers.push(await follow(there), await follow(elsewhere()));
      const read = await other.read();
      isOver = true;
      await writing;
      expect(read.length).toBeGreaterThanOrEqual(1300);
      const head = positionOf(await write(state, 'end', 0)).offset;
      for (const one of followers) {
        await until('it has all', () => one.log.head === head && one.shown.has('end'));
        expect([one.values, one.gaps]).toEqual([truth, []]);
      }
    });
  });
}
