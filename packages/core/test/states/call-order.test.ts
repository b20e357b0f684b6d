import { createHub, memoryBackplane } from '../../src';
import type { BackplaneHost } from '../../src/backplanes/backplane';
import type { StateStore } from '../../src/backplanes/state-store';
import { valueMessage } from '../../src/log/state-message';
import { CallOrder } from '../../src/states/call-order';
import type { Change } from '../../src/states/change';

const set = (value: unknown): Change => ({ message: valueMessage('a', value), patches: [] });
const patch = (value: unknown): Change => ({ message: undefined, patches: [value] });

/** A store whose patches are under way until the test settles them. */
function setUp() {
  const begun: string[] = [];
  const pending: { resolve(id: string): void; reject(error: unknown): void }[] = [];
  const onIdle = jest.fn();
  const write = (key: string, { message, patches }: Change) => {
    begun.push(`${key} ${message?.body ?? ''}${patches.map((one) => JSON.stringify(one)).join('')}`);
    const id = `id ${begun.length}`;
    if (patches.length === 0) return id;
    return new Promise<string>((resolve, reject) => pending.push({ resolve: () => resolve(id), reject }));
  };
  const order = new CallOrder(write, onIdle);
  const call = (key: string, change: Change, ifAt?: 'absent') => Promise.resolve(order.change(key, change, ifAt));
  const log = (text: string) => () => `read ${begun.push(text)}`;
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const settle = async () => {
    pending.shift()?.resolve('');
    await turn();
  };
  return { order, call, log, begun, pending, settle, turn, onIdle };
}

describe('calls on a state whose store takes its time', () => {
  it('wait for a patch of their key that is under way, and for no other', async () => {
    const { call, order, log, begun, settle, onIdle } = setUp();
    const results = [call('a', patch(1)), call('b', set(2)), call('a', set(3)), order.read('a', log('get'))];
    results.push(Promise.resolve(order.read('b', log('get b'))));
    expect(begun).toEqual(['a 1', 'b 2', 'get b']);
    await settle();
    expect(begun).toEqual(['a 1', 'b 2', 'get b', 'a 3', 'get']);
    expect(await Promise.all(results)).toEqual(['id 1', 'id 2', 'id 4', 'read 5', 'read 3']);
    expect(onIdle).toHaveBeenCalledTimes(1);
  });

  it('become one where they are changes of one key', async () => {
    const { call, begun, settle } = setUp();
    const results = [1, 2, 3].map((value) => call('a', patch(value)));
    await settle();
    expect(begun).toEqual(['a 1', 'a 23']);
    call('a', patch(4));
    call('a', set(5));
    call('a', patch(6));
    await settle();
    expect(begun.slice(2)).toEqual(['a 56']);
    await settle();
    expect(await Promise.all(results)).toEqual(['id 1', 'id 2', 'id 2']);
  });

  it('are not one where they have a condition, or very many patches', async () => {
    const { call, begun, settle } = setUp();
    call('a', patch(1));
    call('a', set(2), 'absent');
    call('a', set(3));
    for (let n = 0; n < 1500; n++) call('b', patch(7));
    await settle();
    expect(begun).toEqual(['a 1', 'b 7', 'a 2', 'a 3']);
    await settle();
    await settle();
    expect(begun.slice(4).map((text) => text.length)).toEqual([1002, 501]);
  });

  it('on all keys wait for those before them, and those after them wait too', async () => {
    const { call, order, log, begun, settle, onIdle } = setUp();
    call('a', patch(1));
    call('b', patch(2));
    const results = [
      order.all(log('clear')),
      call('c', set(3)),
      order.all(log('entries')),
      order.read('c', log('get')),
    ];
    await settle();
    expect(begun).toEqual(['a 1', 'b 2']);
    await settle();
    expect(begun.slice(2)).toEqual(['clear', 'c 3', 'entries', 'get']);
    expect(await Promise.all(results)).toEqual(['read 3', 'id 4', 'read 5', 'read 6']);
    expect([onIdle.mock.calls.length, order.isIdle]).toEqual([1, true]);
  });

  it('go on after a call that has failed', async () => {
    const { call, order, log, begun, pending, turn } = setUp();
    const failing = () => {
      throw new Error('no');
    };
    const results = [call('a', patch(1)), order.read('a', failing), order.all(failing), call('a', set(2))];
    const outcomes = Promise.allSettled(results);
    pending.shift()?.reject(new Error('lost'));
    await turn();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
    expect([begun, order.all(log('all'))]).toEqual([['a 1', 'a 2', 'all'], 'read 3']);
  });
});

describe('a state in a store that takes its time', () => {
  /** A hub whose store answers in a later turn, and not at all after it is closed. */
  const open = () => {
    let isClosed = false;
    const later = async <T>(act: () => T): Promise<T> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (isClosed) throw new Error('closed');
      return act();
    };
    const backplane = (host: BackplaneHost) => {
      const { states, ...others } = memoryBackplane()(host) as { states: StateStore };
      const { read, write, clear } = states;
      Object.assign(states, {
        read: (...args: Parameters<typeof read>) => later(() => read.apply(states, args)),
        write: (...args: Parameters<typeof write>) => later(() => write.apply(states, args)),
        clear: (...args: Parameters<typeof clear>) => later(() => clear.apply(states, args)),
      });
      return { ...others, states, close: () => void (isClosed = true) } as never;
    };
    const hub = createHub({ backplane });
    return { hub, state: hub.state<object>('devices') };
  };

  it('has the calls of one process in their order', async () => {
    const { state } = open();
    state.patch('a', { x: 1 });
    state.patch('a', { y: 2 });
    state.set('b', { x: 3 });
    state.patch('b', { y: 4 });
    state.delete('b');
    expect((await state.entries()).map(({ key, value }) => [key, value])).toEqual([['a', { x: 1, y: 2 }]]);
    state.patch('a', { x: 5 });
    state.clear();
    state.set('c', {});
    expect((await state.entries()).map(({ key }) => key)).toEqual(['c']);
  });

  it('has all patches that were begun before the hub has closed', async () => {
    const { hub, state } = open();
    const patches = [1, 2, 3].map((x) => state.patch('a', { x }));
    await hub.close();
    expect((await Promise.all(patches)).map((id) => id.split('.')[1])).toEqual(['1', '2', '2']);
  });
});
