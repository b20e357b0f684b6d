import { createHub } from '../../src';
import { valueMessage } from '../../src/log/state-message';
import type { Change } from '../../src/states/change';
import { Throttle } from '../../src/states/throttle';
import { FakeClock } from '../../src/testing';

const set = (value: unknown): Change => ({ message: valueMessage('a', value), patches: [] });
const patch = (value: unknown): Change => ({ message: undefined, patches: [value] });

function setUp() {
  const clock = new FakeClock();
  const written: string[] = [];
  const onIdle = jest.fn();
  const write = async (key: string, { message, patches }: Change) =>
    `id ${written.push(`${clock.now()} ${key} ${message?.body ?? ''}${patches.map((one) => JSON.stringify(one)).join('')}`)}`;
  const throttle = new Throttle(clock, 33, write, onIdle);
  const start = clock.now();
  const seen = () => written.map((text) => text.replace(/^\d+/, (time) => String(Number(time) - start)));
  return { clock, throttle, seen, onIdle };
}

describe('a throttle', () => {
  it('writes the first change of a key at once, and the newest of the others when the time is over', async () => {
    const { clock, throttle, seen, onIdle } = setUp();
    const ids = [1, 2, 3].map((value) => throttle.change('a', set(value)));
    throttle.change('b', set('b'));
    expect(seen()).toEqual(['0 a 1', '0 b "b"']);
    clock.advance(32);
    expect(seen()).toHaveLength(2);
    clock.advance(1);
    expect(seen().slice(2)).toEqual(['33 a 3']);
    expect(await Promise.all(ids)).toEqual(['id 1', 'id 3', 'id 3']);
    throttle.change('a', set(4));
    clock.advance(33);
    expect(seen().slice(3)).toEqual(['66 a 4']);
    expect(onIdle).not.toHaveBeenCalled();
    clock.advance(33);
    expect(onIdle).toHaveBeenCalledTimes(1);
    throttle.change('a', set(5));
    expect(seen().slice(4)).toEqual(['99 a 5']);
  });

  it('writes each key when its own time is over, or soon after that together with others', () => {
    const { clock, throttle, seen } = setUp();
    for (const key of ['a', 'b', 'c', 'd']) {
      for (const value of [1, 2, 3]) throttle.change(key, set(value));
      clock.advance(key === 'a' ? 20 : 1);
    }
    clock.advance(100);
    expect(seen().filter((text) => text.endsWith('3'))).toEqual(['33 a 3', '53 b 3', '61.25 c 3', '61.25 d 3']);
  });

  it('keeps patches after a value, and a value in the place of what was before it', () => {
    const { clock, throttle, seen } = setUp();
    for (const change of [set(0), patch({ x: 1 }), patch({ y: 2 })]) throttle.change('a', change);
    clock.advance(33);
    for (const change of [patch({ lost: 1 }), set({}), patch({ z: 3 })]) throttle.change('a', change);
    clock.advance(33);
    expect(seen()).toEqual(['0 a 0', '33 a {"x":1}{"y":2}', '66 a {}{"z":3}']);
  });

  it('writes at once what waits, when it is told to or when it is too much', async () => {
    const { throttle, seen } = setUp();
    for (const key of ['a', 'b']) for (const value of [1, 2]) throttle.change(key, set(value));
    throttle.flush('b');
    expect(seen()).toEqual(['0 a 1', '0 b 1', '0 b 2']);
    throttle.flush();
    throttle.flush();
    expect(seen().slice(3)).toEqual(['0 a 2']);
    for (let n = 0; n <= 1000; n++) throttle.change('a', patch(n));
    expect(seen()).toHaveLength(5);
  });
});

describe('a state with `every`', () => {
  const open = () => {
    const clock = new FakeClock();
    const hub = createHub({ clock, state: { every: 33 } });
    return { clock, hub, state: hub.state<unknown>('cursors') };
  };

  it('conflates what is set and patched, and gives all calls the id of their write', async () => {
    const { clock, state } = open();
    await state.set('a', { x: 0 });
    const ids = Promise.all([state.patch('a', { x: 1 }), state.patch('a', { y: 2 }), state.patch('a', { x: 3 })]);
    expect((await state.get('a'))?.value).toEqual({ x: 0 });
    clock.advance(33);
    const [first, ...others] = await ids;
    expect(others).toEqual([first, first]);
    expect(await state.get('a')).toEqual({ key: 'a', value: { x: 3, y: 2 }, id: first });
  });

  it('writes what waits before a write with a condition, and when the hub closes', async () => {
    const { hub, state } = open();
    await state.set('a', 1);
    const waiting = state.set('a', 2);
    await expect(state.set('a', 3, { ifId: null })).rejects.toMatchObject({ code: 'value-moved' });
    await state.delete('a', { ifId: await waiting });
    const last = state.set('a', 4);
    const patched = state.patch('a', { x: 1 });
    await hub.close();
    expect([await last, await patched].map((id) => id.split('.')[1])).toEqual(['4', '4']);
  });

  it('writes what waits before all is deleted', async () => {
    const { clock, state } = open();
    await state.set('a', 1);
    const waiting = state.set('a', 2);
    await state.clear();
    clock.advance(100);
    expect([(await waiting).split('.')[1], await state.entries()]).toEqual(['2', []]);
  });

  it('rejects for all that wait for a write which is refused', async () => {
    const { clock, state } = open();
    await state.set('a', 1);
    const waiting = [state.patch('a', { x: 'x'.repeat(70_000) }), state.patch('a', {})];
    clock.advance(33);
    for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'message-too-large' });
  });
});
