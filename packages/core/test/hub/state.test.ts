import { createHub, type HubOptions } from '../../src';
import type { StateLimits } from '../../src/backplanes/state-limits';
import { FakeClock } from '../../src/testing';

const setUp = (limits: Partial<StateLimits> = {}, options: HubOptions = {}) => {
  const clock = new FakeClock();
  const hub = createHub({ clock, state: limits, ...options });
  const state = hub.state('seats');
  const all = async () => Object.fromEntries((await state.entries()).map(({ key, value }) => [key, value]));
  return { clock, hub, state, all };
};

const offsetOf = (id: string) => Number(id.split('.')[1]);
const epochOf = (id: string) => id.split('.')[0];

describe('a state', () => {
  it('has the newest value of each key, with the id of its write', async () => {
    const { hub, state, all } = setUp();
    expect(await state.get('a')).toBeUndefined();
    const ids = [await state.set('a', 1), await state.set('b', { x: [] }), await state.set('a', 'text')];
    expect(ids.map(offsetOf)).toEqual([1, 2, 3]);
    expect(await hub.state('seats').get('a')).toEqual({ key: 'a', value: 'text', id: ids[2] });
    expect((await state.entries()).map(({ key, id }) => [key, id])).toEqual([
      ['b', ids[1]],
      ['a', ids[2]],
    ]);
    expect(await all()).toEqual({ a: 'text', b: { x: [] } });
    expect(await hub.state('other').entries()).toEqual([]);
  });

  it('gives copies of its values', async () => {
    const { state } = setUp();
    const value = { list: [1] };
    await state.set('a', value);
    value.list.push(2);
    const got = (await state.get('a'))?.value as typeof value;
    got.list.push(3);
    expect((await state.get('a'))?.value).toEqual({ list: [1] });
  });

  it('deletes a key, and does nothing for one that has no value', async () => {
    const { state, all } = setUp();
    const first = await state.set('a', 1);
    expect(await state.delete('never')).toBe(first);
    expect(offsetOf(await state.delete('a'))).toBe(2);
    expect(offsetOf(await state.delete('a'))).toBe(2);
    expect([await state.get('a'), await all()]).toEqual([undefined, {}]);
    expect(offsetOf(await state.set('a', 2))).toBe(3);
  });

  it('is cleared in one step, and begins anew', async () => {
    const { state, all } = setUp();
    const first = await state.set('a', 1);
    const cleared = await state.clear();
    expect([offsetOf(cleared), epochOf(cleared) === epochOf(first), await all()]).toEqual([0, false, {}]);
    expect(epochOf(await state.set('a', 1))).toBe(epochOf(cleared));
    expect(offsetOf(await state.clear())).toBe(0);
  });

  describe('with `ifId`', () => {
    it('writes only over the value that the app knows', async () => {
      const { state } = setUp();
      const refused = { code: 'value-moved', message: 'The key "a" of the state "seats" has another value.' };
      const first = await state.set('a', 1, { ifId: null });
      await expect(state.set('a', 2, { ifId: null })).rejects.toMatchObject(refused);
      const second = await state.set('a', 2, { ifId: first });
      await expect(state.set('a', 3, { ifId: first })).rejects.toMatchObject(refused);
      await expect(state.delete('a', { ifId: first })).rejects.toMatchObject(refused);
      await expect(state.patch('a', {}, { ifId: first })).rejects.toMatchObject(refused);
      await expect(state.set('b', 1, { ifId: second })).rejects.toMatchObject({ code: 'value-moved' });
      await state.delete('a', { ifId: second });
      await state.set('a', 4, { ifId: null });
      await state.clear();
      await expect(state.set('a', 5, { ifId: second })).rejects.toMatchObject(refused);
    });

    it('lets one of many have a key', async () => {
      const { state } = setUp();
      const tries = Array.from({ length: 20 }, (_, n) => state.set('12A', n, { ifId: null }));
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });

  describe('patch()', () => {
    it('changes the members that it names, as RFC 7396 says', async () => {
      const { state, all } = setUp();
      await state.set('lamp', { on: true, level: 3, of: { room: 1 } });
      await state.patch('lamp', { level: null, of: { floor: 2 } });
      await state.patch('new', { a: 1, b: null });
      await state.patch('text', 'only');
      expect(await all()).toEqual({ lamp: { on: true, of: { room: 1, floor: 2 } }, new: { a: 1 }, text: 'only' });
    });

    it('loses nothing of many patches at once', async () => {
      const { state, all } = setUp();
      await Promise.all(Array.from({ length: 50 }, (_, n) => state.patch('a', { [`m${n}`]: n })));
      expect(Object.keys((await all()).a as object)).toHaveLength(50);
    });

    it('takes any number of patches in one turn', async () => {
      const { state } = setUp();
      const ids = await Promise.all(Array.from({ length: 2000 }, (_, n) => state.patch('a', { n })));
      expect([offsetOf(ids.at(-1) as string), (await state.get('a'))?.value]).toEqual([2000, { n: 1999 }]);
    });

    it('comes before the calls after it, which need not wait for it', async () => {
      const { state, all } = setUp();
      for (const key of ['set', 'deleted', 'patched']) state.set(key, { old: 1 });
      state.patch('set', { a: 1 });
      state.set('set', { b: 1 });
      state.patch('deleted', { a: 1 });
      state.delete('deleted');
      state.patch('patched', { a: 1 });
      expect(await all()).toEqual({ set: { b: 1 }, patched: { old: 1, a: 1 } });
      state.patch('patched', { a: 2 });
      state.clear();
      expect(await all()).toEqual({});
    });
  });

  describe('has limits', () => {
    it('of its keys, where a deleted key gives its place to another', async () => {
      const { state, all } = setUp({ keys: 2 });
      await state.set('a', 1);
      await state.set('b', 1);
      await expect(state.set('c', 1)).rejects.toMatchObject({
        code: 'state-full',
        message: 'A state may have at most 2 keys (state.keys), and the state "seats" has no room.',
      });
      await state.set('a', 2);
      await state.delete('b');
      await state.set('c', 3);
      expect(await all()).toEqual({ a: 2, c: 3 });
    });

    it('of its bytes, and of those of a value', async () => {
      const { state, all } = setUp({ bytes: 20, valueBytes: 12 });
      await expect(state.set('a', 'x'.repeat(10))).rejects.toMatchObject({
        code: 'message-too-large',
        message: 'A value may have at most 12 bytes (state.valueBytes), but one of the state "seats" has 13.',
      });
      await state.set('a', 'x'.repeat(9));
      await expect(state.set('b', 'x'.repeat(9))).rejects.toMatchObject({ code: 'state-full' });
      await state.set('a', 'xx');
      await state.set('b', 'x'.repeat(9));
      expect(Object.keys(await all())).toEqual(['a', 'b']);
    });

    it('of its bytes, to which keys that are deleted do not count', async () => {
      const { state, all } = setUp({ bytes: 20 });
      const key = 'x'.repeat(15);
      await state.set(key, 1);
      await state.delete(key);
      await state.set('y'.repeat(15), 1);
      await expect(state.set(key, 1)).rejects.toMatchObject({ code: 'state-full' });
      expect(Object.keys(await all())).toEqual(['y'.repeat(15)]);
    });

    it('of the age of a key, which is deleted then', async () => {
      const { clock, state, all } = setUp({ age: 1000 });
      await state.set('a', 1);
      clock.advance(600);
      await state.set('b', 1);
      await state.set('a', 2);
      clock.advance(900);
      expect(await all()).toEqual({ a: 2, b: 1 });
      clock.advance(200);
      expect(await all()).toEqual({});
      expect(offsetOf(await state.set('c', 1))).toBe(6);
    });

    it('by the name of the state, where the app gives a function', async () => {
      const hub = createHub({ state: (name) => (name === 'small' ? { keys: 1 } : {}) });
      await hub.state('large').set('a', 1);
      await hub.state('large').set('b', 1);
      await hub.state('small').set('a', 1);
      await expect(hub.state('small').set('b', 1)).rejects.toMatchObject({ code: 'state-full' });
    });

    it('that are asked for once, and again when very many other names were in use', async () => {
      const limitsOf = jest.fn((_name: string) => ({ keys: 5 }));
      const hub = createHub({ state: limitsOf });
      for (let n = 0; n < 5; n++) await hub.state('a').set('key', n);
      expect(limitsOf.mock.calls).toEqual([['a']]);
      for (let n = 0; n < 1000; n++) await hub.state(`b${n}`).delete('key');
      await hub.state('a').set('key', 1);
      expect(limitsOf.mock.calls.filter(([name]) => name === 'a')).toHaveLength(2);
    });

    it('of the hub, beyond which no value is taken and none is lost', async () => {
      const { hub, state, all } = setUp({}, { limits: { logBytes: 1000 } });
      for (const key of ['a', 'b', 'c', 'd']) await state.set(key, 1);
      await expect(state.set('e', 1)).rejects.toMatchObject({ code: 'hub-full' });
      for (let n = 0; n < 20; n++) await hub.channel('news').publish(`${n}`);
      expect(Object.keys(await all())).toEqual(['a', 'b', 'c', 'd']);
    });

    it('of the hub, within which values are changed and deleted', async () => {
      const { state, all } = setUp({}, { limits: { logBytes: 1000 } });
      for (const key of ['a', 'b', 'c', 'd']) await state.set(key, 1);
      await state.set('a', 2);
      await state.patch('b', 3);
      await state.delete('c');
      await state.set('e', 4);
      expect(await all()).toEqual({ a: 2, b: 3, d: 1, e: 4 });
    });

    it('of the hub, where deletions give way', async () => {
      const { hub, state, all } = setUp({}, { limits: { logBytes: 1000 } });
      const first = await state.set('a', 0);
      await state.delete('a');
      for (let n = 0; n < 20; n++) {
        await hub.state(`left ${n}`).set('a', 1);
        await hub.state(`left ${n}`).delete('a');
      }
      for (const key of ['a', 'b', 'c', 'd']) await state.set(key, 1);
      expect([await all(), epochOf(await state.set('a', 2)) === epochOf(first)]).toEqual([
        { a: 1, b: 1, c: 1, d: 1 },
        false,
      ]);
      await state.delete('a');
      await state.delete('b');
      await state.set('e', 1);
      await state.set('f', 1);
      expect(Object.keys(await all())).toEqual(['c', 'd', 'e', 'f']);
      await expect(state.set('g', 1)).rejects.toMatchObject({ code: 'hub-full' });
    });

    it('of the hub, which forgets the states that were empty for the longest time', async () => {
      const { hub } = setUp({}, { limits: { logs: 2 } });
      const ids: string[] = [];
      for (const name of ['a', 'b', 'c']) {
        ids.push(await hub.state(name).set('key', 1));
        await hub.state(name).delete('key');
      }
      const next = await Promise.all(['a', 'b', 'c'].map((name) => hub.state(name).set('key', 1)));
      expect(next.map((id, n) => epochOf(id) === epochOf(ids[n] as string))).toEqual([false, true, true]);
    });
  });

  it('is forgotten when it has neither values nor deletions', async () => {
    const { clock, state } = setUp({ deletionAge: 500 });
    const first = await state.set('a', 1);
    await state.delete('a');
    clock.advance(2000);
    expect(epochOf(await state.set('a', 1))).not.toBe(epochOf(first));
  });

  it('refuses misuse at once', () => {
    const { hub, state } = setUp();
    expect(() => hub.state('')).toThrow(/^state name: expected a string of 1 to 255 characters/);
    expect(() => state.set('', 1)).toThrow(/^key: expected a string of 1 to 255 characters/);
    expect(() => state.set('x'.repeat(256), 1)).toThrow(TypeError);
    expect(() => state.set('\ud800', 1)).toThrow(TypeError);
    expect(() => state.set(7 as never, 1)).toThrow(/^key: .* got the number 7$/);
    expect(() => state.set('a', undefined)).toThrow(/^value: expected a value that JSON can hold, got undefined$/);
    expect(() => state.set('a', new Map())).toThrow(TypeError);
    for (const bytes of [Buffer.from('a'), new Uint8Array(3), new ArrayBuffer(3)]) {
      expect(() => state.set('a', bytes)).toThrow(/^value: expected a value that JSON can hold, such as bytes as text/);
    }
    expect(() => state.patch('a', Buffer.from('a'))).toThrow(/^patch: expected/);
    expect(() => state.set('a', 1, { ifId: '' })).toThrow(/^state write option ifId: expected the id of a write/);
    expect(() => state.set('a', 1, { ifid: null } as never)).toThrow(/unknown option "ifid"/);
    expect(() => createHub({ state: { keys: 0 } })).toThrow(/^state option keys: expected an integer from 1 up/);
    expect(() => createHub({ state: 7 as never })).toThrow(TypeError);
  });

  it('rejects when the hub is closed, which need not be awaited', async () => {
    const { hub, state } = setUp();
    await hub.close();
    for (const call of [state.set('a', 1), state.patch('a', 1), state.delete('a'), state.clear(), state.get('a')]) {
      await expect(call).rejects.toMatchObject({ code: 'hub-closed' });
    }
    await expect(state.entries()).rejects.toMatchObject({ code: 'hub-closed' });
  });

  it('is a TypeError on a backplane that has none', () => {
    const without = createHub({
      backplane: () => ({ append() {}, end() {}, follow() {}, connectionsTo: () => 0, close() {} }) as never,
    });
    expect(() => without.state('a')).toThrow(new TypeError('The backplane of this hub has no states.'));
  });
});
