import type { StateOptions } from '../../src/state';
import { fakeFetch } from '../kit/fake-network';
import { manual, nextTurn } from '../kit/manual';
import { complete, stateBy } from '../kit/manual-state';
import { opening } from '../kit/rig';

// Values that the app sets: shown at once, sent, replaced by the server's, and taken back.

/** A state whose values a test takes or refuses, with all that it has shown for the key `a`. */
async function settable(options: StateOptions<number> = {}) {
  const sent: {
    key: string;
    value: number | undefined;
    signal: AbortSignal;
    take(): void;
    refuse(error: unknown): void;
  }[] = [];
  const set = (key: string, value: number | undefined, signal: AbortSignal) =>
    new Promise<void>((take, refuse) => sent.push({ key, value, signal, take, refuse }));
  const rig = stateBy({ set, ...options });
  await rig.begin({ a: 1 });
  const shown: unknown[] = [];
  rig.state.on('a', (value) => shown.push(value));
  /** How a promise has settled. */
  const outcomes: unknown[] = [];
  const setTo = async (value: number | undefined, key = 'a') => {
    const index = outcomes.push('pending') - 1;
    (value === undefined ? rig.state.delete(key) : rig.state.set(key, value)).then(
      (done) => (outcomes[index] = done),
      (error) => (outcomes[index] = error.code ?? error.message),
    );
    await nextTurn();
  };
  const settle = async (act: () => void) => {
    act();
    await nextTurn();
  };
  /** Some time passes, while the connection is alive. */
  const pass = async (ms: number) => {
    for (let rest = ms; rest > 0; rest -= 10_000) {
      rig.last().onFrame();
      await settle(() => rig.clock.advance(10_000));
    }
  };
  return { ...rig, pass, sent, shown, outcomes, setTo, settle };
}

describe('set', () => {
  it('shows a value at once, as a copy, and the value of the server when that comes', async () => {
    const given: unknown[] = [];
    const { state, receive, begin } = stateBy({ set: (key, value) => given.push([key, value]) });
    await begin({ a: 1 });
    const changes: unknown[] = [];
    state.onChange((keys) => changes.push([...keys]));
    const value = { n: 1 } as unknown as number;
    const done = state.set('b', value);
    expect([state.get('b'), changes]).toEqual([{ n: 1 }, [['b']]]);
    expect(state.get('b')).not.toBe(value);
    expect(await done).toBeUndefined();
    expect(given).toEqual([['b', { n: 1 }]]);
    await receive({ id: 'e.2', key: 'b', data: { n: 2 } });
    expect([state.get('b'), changes]).toEqual([{ n: 2 }, [['b'], ['b']]]);
    state.close();
  });

  it('is not shown any more when the caller hears that it was refused, over a WebSocket too', async () => {
    const { transport, last } = manual('websocket');
    const { state, clock } = stateBy({ transports: [transport], set: async () => Promise.reject(new Error('no')) });
    await nextTurn();
    for (const frame of [opening('start'), { key: 'a', data: 1 }, complete('e.1')]) last().onFrame(frame);
    clock.advance(10);
    await expect(state.set('a', 2).catch(() => state.get('a'))).resolves.toBe(1);
    state.close();
  });

  it.each<[string, unknown[], (rig: Awaited<ReturnType<typeof settable>>) => Promise<void>]>([
    [
      'the server tells the value before it has answered',
      [2],
      async ({ receive, settle, sent }) => {
        await receive({ id: 'e.2', key: 'a', data: 2 });
        await settle(() => sent[0]?.take());
      },
    ],
    [
      'the server tells the value after it has answered',
      [2],
      async ({ receive, settle, sent }) => {
        await settle(() => sent[0]?.take());
        await receive({ id: 'e.2', key: 'a', data: 2 });
      },
    ],
    [
      'the app on the server makes another value of it',
      [2, 20],
      async ({ receive, settle, sent }) => {
        await settle(() => sent[0]?.take());
        await receive({ id: 'e.2', key: 'a', data: 20 });
      },
    ],
    [
      'the app on the server makes another value of it, which comes before the answer',
      [2, 'a second later', 20],
      async ({ receive, settle, sent, shown, clock }) => {
        await receive({ id: 'e.2', key: 'a', data: 20 });
        await settle(() => sent[0]?.take());
        await settle(() => clock.advance(999));
        shown.push('a second later');
        await settle(() => clock.advance(1));
      },
    ],
    [
      'the app on the server deletes the key',
      [2, undefined],
      async ({ receive, settle, sent }) => {
        await settle(() => sent[0]?.take());
        await receive({ id: 'e.2', key: 'a', deleted: true });
      },
    ],
    [
      'somebody else sets the key before',
      [2],
      async ({ receive, settle, sent }) => {
        await receive({ id: 'e.2', key: 'a', data: 7 });
        await settle(() => sent[0]?.take());
        await receive({ id: 'e.3', key: 'a', data: 2 });
      },
    ],
    [
      'somebody else sets the key after it, before the answer',
      [2, 7],
      async ({ receive, settle, sent }) => {
        await receive({ id: 'e.2', key: 'a', data: 2 }, { id: 'e.3', key: 'a', data: 7 });
        await settle(() => sent[0]?.take());
      },
    ],
    ['it is refused', [2, 1], async ({ settle, sent }) => settle(() => sent[0]?.refuse(new Error('no')))],
    [
      'it is refused, and somebody else has set the key meanwhile',
      [2, 7],
      async ({ receive, settle, sent }) => {
        await receive({ id: 'e.2', key: 'a', data: 7 });
        await settle(() => sent[0]?.refuse(new Error('no')));
      },
    ],
    [
      'a gap comes, whose snapshot has it',
      [2],
      async ({ receive, settle, sent }) => {
        await settle(() => sent[0]?.take());
        await receive({ event: 'pushwire:gap', id: 'e.1', data: { cursor: 'e.1' } });
        await receive({ key: 'a', data: 2 }, complete('f.1'));
      },
    ],
    [
      'it is not answered in time',
      [2, 1],
      async ({ pass, sent }) => {
        await pass(30_000);
        expect(sent[0]?.signal.reason).toMatchObject({ code: 'timeout' });
      },
    ],
    [
      'the server tells no value in time, such as one that drops it',
      [2, 1],
      async ({ pass, settle, sent }) => {
        await settle(() => sent[0]?.take());
        await pass(30_000);
      },
    ],
  ])('shows what it must where %s', async (_, expected, act) => {
    const rig = await settable();
    await rig.setTo(2);
    await act(rig);
    expect(rig.shown).toEqual(expected);
    // Then the server alone decides.
    await rig.receive({ id: 'e.9', key: 'a', data: 99 });
    expect(rig.state.get('a')).toBe(99);
    rig.state.close();
    expect(rig.clock.pending).toBe(0);
  });

  it.each<[string, unknown[], (rig: Awaited<ReturnType<typeof settable>>) => Promise<void>]>([
    [
      'the server deletes it before it has answered',
      [undefined],
      async ({ receive, settle, sent }) => {
        await receive({ id: 'e.2', key: 'a', deleted: true });
        await settle(() => sent[0]?.take());
      },
    ],
    [
      'the server deletes it after it has answered',
      [undefined],
      async ({ receive, settle, sent }) => {
        await settle(() => sent[0]?.take());
        await receive({ id: 'e.2', key: 'a', deleted: true });
      },
    ],
    [
      'somebody else sets it before',
      [undefined],
      async ({ receive, settle, sent }) => {
        await receive({ id: 'e.2', key: 'a', data: 7 });
        await settle(() => sent[0]?.take());
        await receive({ id: 'e.3', key: 'a', deleted: true });
      },
    ],
    [
      'somebody else sets it after it, before the answer',
      [undefined, 7],
      async ({ receive, settle, sent }) => {
        await receive({ id: 'e.2', key: 'a', deleted: true }, { id: 'e.3', key: 'a', data: 7 });
        await settle(() => sent[0]?.take());
      },
    ],
    ['it is refused', [undefined, 1], async ({ settle, sent }) => settle(() => sent[0]?.refuse(new Error('no')))],
    [
      'the server tells nothing in time',
      [undefined, 1],
      async ({ pass, settle, sent }) => {
        await settle(() => sent[0]?.take());
        await pass(30_000);
      },
    ],
  ])('hides a key that is deleted, where %s', async (_, expected, act) => {
    const rig = await settable();
    await rig.setTo(undefined);
    expect(rig.sent.map(({ key, value }) => [key, value])).toEqual([['a', undefined]]);
    await act(rig);
    expect([rig.shown, rig.state.snapshot().has('a')]).toEqual([expected, expected.at(-1) !== undefined]);
    await rig.receive({ id: 'e.9', key: 'a', data: 99 });
    expect(rig.state.get('a')).toBe(99);
    rig.state.close();
    expect(rig.clock.pending).toBe(0);
  });

  it('waits for no word about a key that the server does not have', async () => {
    const { state, clock, sent, setTo, settle, receive, outcomes } = await settable();
    const before = clock.pending;
    await setTo(undefined, 'b');
    await receive({ id: 'e.2', key: 'b', data: 7 });
    expect(state.get('b')).toBeUndefined();
    await settle(() => sent[0]?.take());
    expect([state.get('b'), outcomes, clock.pending]).toEqual([7, [undefined], before]);
    state.close();
  });

  it('sends values and deletions of a key one after the other', async () => {
    const { state, sent, shown, setTo, settle } = await settable();
    for (const value of [undefined, 2, undefined]) await setTo(value);
    await settle(() => sent[0]?.take());
    await settle(() => sent[1]?.take());
    expect([sent.map(({ value }) => value), shown]).toEqual([
      [undefined, undefined],
      [undefined, 2, undefined],
    ]);
    state.close();
  });

  it('sends the values of a key one after the other, and leaves out those that newer ones replace', async () => {
    const { state, sent, shown, outcomes, setTo, settle, receive } = await settable();
    for (const value of [2, 3, 4]) await setTo(value);
    await setTo(5, 'b');
    expect(sent.map(({ key, value }) => [key, value])).toEqual([
      ['a', 2],
      ['b', 5],
    ]);
    // What the server tells meanwhile is not shown: the newest value is still under way.
    await receive({ id: 'e.2', key: 'a', data: 2 });
    await settle(() => sent[0]?.take());
    expect(sent.slice(2).map(({ key, value }) => [key, value])).toEqual([['a', 4]]);
    expect(outcomes).toEqual([undefined, 'pending', 'pending', 'pending']);
    await receive({ id: 'e.3', key: 'a', data: 4 });
    await settle(() => sent[2]?.take());
    await settle(() => sent[1]?.take());
    expect(outcomes).toEqual([undefined, undefined, undefined, undefined]);
    expect(shown).toEqual([2, 3, 4]);
    state.close();
  });

  it('rejects the values that the one which replaced them takes with it, and shows that of the server', async () => {
    const { state, sent, shown, outcomes, setTo, settle } = await settable();
    for (const value of [2, 3, 4]) await setTo(value);
    await settle(() => sent[0]?.refuse(new Error('first')));
    // The value that is shown is not the one that was refused.
    expect([shown, outcomes]).toEqual([
      [2, 3, 4],
      ['first', 'pending', 'pending'],
    ]);
    await settle(() => sent[1]?.refuse(new Error('last')));
    expect([shown, outcomes]).toEqual([
      [2, 3, 4, 1],
      ['first', 'last', 'last'],
    ]);
    state.close();
  });

  it('leaves no timer behind when it is closed', async () => {
    const { state, clock, sent, setTo, settle } = await settable();
    for (const [index, value] of [2, 3].entries()) {
      await setTo(value);
      await settle(() => sent[index]?.take());
    }
    state.close();
    expect([clock.pending, state.get('a')]).toEqual([0, 3]);
  });

  it('rejects what cannot be set', async () => {
    const none = stateBy();
    const { state } = await settable();
    const misuse = [
      [none.state.set('a', 1), /^connectState option set: expected a URL or a function, got undefined$/],
      [state.set('', 1), /^set: expected a key, got $/],
      [state.set(5 as never, 1), /^set: expected a key, got 5$/],
      [state.set('a', undefined as never), /^set: expected JSON, got undefined$/],
      [none.state.delete('a'), /^connectState option set: expected a URL or a function, got undefined$/],
      [state.delete(''), /^set: expected a key, got $/],
    ] as const;
    for (const [promise, message] of misuse) {
      await expect(promise).rejects.toMatchObject({ name: 'TypeError', message: expect.stringMatching(message) });
    }
    for (const each of [none.state, state]) each.close();
    await expect(state.set('a', 2)).rejects.toMatchObject({ code: 'not-open' });
    expect(state.get('a')).toBe(1);
  });

  it('rejects with what the function throws', async () => {
    const { state, begin } = stateBy({
      set() {
        throw new RangeError('mine');
      },
    });
    await begin({});
    await expect(state.set('a', 1)).rejects.toThrow('mine');
    expect(state.get('a')).toBeUndefined();
    state.close();
  });

  it('POSTs to a URL, with the query and the headers of the connection', async () => {
    const answers = [new Response(null, { status: 204 }), new Response('no', { status: 409 })];
    const { fetch, requests } = fakeFetch(() => answers.shift() ?? Promise.reject(new TypeError('offline')));
    const { state, begin } = stateBy({
      set: 'http://www.example.com/prices',
      fetch,
      query: () => ({ room: 7 }),
      headers: async () => ({ authorization: 'x' }),
      credentials: 'include',
    });
    await begin({ a: 1 });
    await state.set('a', 2);
    expect(requests[0]?.url.href).toBe('http://www.example.com/prices?room=7');
    expect(requests[0]?.init).toMatchObject({
      method: 'POST',
      body: '{"key":"a","value":2}',
      headers: { 'content-type': 'application/json', authorization: 'x' },
      credentials: 'include',
      redirect: 'error',
    });
    await expect(state.set('a', 3)).rejects.toMatchObject({ code: 'refused', status: 409 });
    await expect(state.delete('a')).rejects.toMatchObject({ code: 'network' });
    expect(requests[2]?.init).toMatchObject({ method: 'POST', body: '{"key":"a","deleted":true}' });
    expect(state.get('a')).toBe(1);
    state.close();
  });
});
