import { PushwireError } from '../../src/index';
import { connectState } from '../../src/state';
import { catchUncaught, manual, nextTurn, url } from '../kit/manual';
import { complete, stateBy } from '../kit/manual-state';
import { opening } from '../kit/rig';

describe('connectState', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['an invalid URL', () => connectState('/relative'), /URL/],
    ['an unknown option', () => connectState(url, { sets: 5 } as never), /^connect option: .* got sets$/],
    [
      'a cursor',
      () => connectState(url, { cursor: '0' } as never),
      /^connectState option cursor: expected none, got 0$/,
    ],
    [
      'a way to set of another type',
      () => connectState(url, { set: 5 } as never),
      /^connectState option set: .*, got 5$/,
    ],
    ['an invalid URL to set values', () => connectState(url, { set: '/relative' }), /Invalid URL/],
    [
      'a listener of a key that is no function',
      () => stateBy().state.on('a', 5 as never),
      /^listener: expected function/,
    ],
    [
      'a listener that is no function',
      () => stateBy().state.onChange(5 as never),
      /^listener: expected function, got 5$/,
    ],
  ])('throws a TypeError at once for %s', (_, act, words) => {
    expect(act).toThrow(words);
    expect(act).toThrow(expect.objectContaining({ name: 'TypeError' }));
  });

  it('is ready when its first snapshot is complete, and tells that of an empty one too', async () => {
    const full = stateBy();
    const changes: unknown[] = [];
    full.state.onChange((keys) => changes.push([...keys], full.state.ready));
    await nextTurn();
    await full.receive(opening('start'), { key: 'a', data: 1 });
    expect([full.state.status, full.state.ready, full.state.get('a'), changes]).toEqual(['open', false, undefined, []]);
    await full.receive({ key: 'b', data: 2 }, complete('e.2'));
    expect([full.state.ready, [...full.state.entries()], changes]).toEqual([
      true,
      [
        ['a', 1],
        ['b', 2],
      ],
      [['a', 'b'], true],
    ]);
    expect(full.state.cursor).toBe('e.2');
    full.state.close();

    const empty = stateBy();
    const told: unknown[] = [];
    empty.state.onChange((keys) => told.push(keys.size));
    await nextTurn();
    await empty.receive(opening('e.0'));
    expect([empty.state.ready, empty.state.snapshot().size, told]).toEqual([true, 0, [0]]);
    empty.state.close();
  });

  it('tells the listeners of a key its changes alone, and all that arrives together once', async () => {
    const { state, receive } = stateBy();
    const [a, all]: unknown[][] = [[], []];
    const stop = state.on('a', (value, key) => a?.push([value, key]));
    state.onChange((keys) => all?.push([...keys]));
    await nextTurn();
    await receive(opening('start'), { key: 'a', data: 1 }, complete('e.1'));
    await receive({ id: 'e.2', key: 'b', data: 2 });
    await receive({ id: 'e.3', key: 'a', data: 3 }, { id: 'e.4', key: 'b', data: 4 }, { id: 'e.5', key: 'a', data: 5 });
    await receive({ id: 'e.6', key: 'a', data: 5 });
    await receive({ id: 'e.7', key: 'c', data: 1 }, { id: 'e.8', key: 'c', deleted: true });
    await receive({ id: 'e.9', key: 'a', deleted: true });
    stop();
    await receive({ id: 'e.10', key: 'a', data: 6 });
    expect(all).toEqual([['a'], ['b'], ['a', 'b'], ['a'], ['a']]);
    expect(a).toEqual([
      [1, 'a'],
      [5, 'a'],
      [undefined, 'a'],
    ]);
    state.close();
  });

  it('tells once what comes by WebSocket in several events', async () => {
    const { transport, last } = manual('websocket');
    const { state, clock } = stateBy({ transports: [transport] });
    const changes: unknown[] = [];
    state.onChange((keys) => changes.push([...keys]));
    const receive = async (...frames: Parameters<ReturnType<typeof last>['onFrame']>[0][]) => {
      for (const frame of frames) {
        last().onFrame(frame);
        await nextTurn();
      }
      clock.advance(10);
    };
    await nextTurn();
    await receive(opening('start'), { key: 'a', data: 1 }, { key: 'b', data: 1 }, complete('e.2'));
    await receive({ id: 'e.3', key: 'a', data: 2 }, { id: 'e.4', key: 'b', data: 2 }, { id: 'e.5', key: 'a', data: 3 });
    expect([changes, state.get('a')]).toEqual([
      [
        ['a', 'b'],
        ['a', 'b'],
      ],
      3,
    ]);
    state.close();
  });

  it('gives each listener the newest value, when one before it has changed it', async () => {
    const { state, receive } = stateBy({ set: () => new Promise(() => {}) });
    const seen: unknown[] = [];
    state.on('a', (value) => value === 1 && void state.set('a', 2));
    state.on('a', (value) => seen.push(value));
    await nextTurn();
    await receive(opening('start'), { key: 'a', data: 1 }, complete('e.1'));
    expect(seen).toEqual([2, 2]);
    state.close();
  });

  it('keeps the error of one listener from the others', async () => {
    const { state, last } = stateBy();
    const seen: unknown[] = [];
    state.on('a', () => {
      throw new Error('mine');
    });
    state.on('a', (value) => seen.push(value));
    await nextTurn();
    const uncaught = catchUncaught();
    last().onFrame(opening('e.0'));
    last().onFrame({ id: 'e.1', key: 'a', data: 1 });
    uncaught.stop();
    expect([seen, uncaught.thrown]).toEqual([[1], [new Error('mine')]]);
    state.close();
  });

  it('keeps its values, and tells nothing more, when it is closed', async () => {
    const { state, receive, last, closed } = stateBy();
    const told: unknown[] = [];
    state.onChange((keys) => told.push([...keys]));
    await nextTurn();
    await receive(opening('start'), { key: 'a', data: 1 }, complete('e.1'));
    last().onFrame({ id: 'e.2', key: 'a', data: 2 });
    state.close();
    await receive({ id: 'e.3', key: 'b', data: 3 });
    expect([told, state.status, closed, state.get('b')]).toEqual([[['a']], 'ended', [1], undefined]);
  });

  it('tells the last changes of a connection that the server ends', async () => {
    const { state, receive } = stateBy();
    await nextTurn();
    await receive(opening('e.0'), { id: 'e.1', key: 'a', data: 1 }, { event: 'pushwire:end', id: 'e.1', data: {} });
    expect([state.status, state.get('a')]).toEqual(['ended', 1]);
  });

  it.each([
    [undefined, 'e.7'],
    ['e.1', 'e.7'],
    ['e.12', 'e.1'],
  ])('that has asked from %s takes no answer to another request, from %s', async (cursor, from) => {
    const other = manual('other');
    const first = manual('first');
    const { state, clock } = stateBy({ transports: [first.transport, other.transport], retry: 1000 });
    const codes: string[] = [];
    state.onError(({ code, transport }) => codes.push(`${transport} ${code}`));
    await nextTurn();
    if (cursor) {
      first.last().onFrame(opening('start'));
      first.last().onFrame({ key: 'a', data: 1 });
      first.last().onFrame(complete(cursor));
      first.last().onClose(new PushwireError('network'));
      clock.advance(1000);
    }
    const before = other.opened.length;
    const answered = first.last();
    answered.onFrame(opening(from, { from }));
    answered.onFrame({ id: 'e.8', key: 'wrong', data: 1 });
    await nextTurn();
    clock.advance(30_000);
    expect([state.get('wrong'), other.opened.length > before]).toEqual([undefined, true]);
    expect(codes.slice(-1)).not.toEqual([]);
    expect(other.requests.at(-1)?.cursor).toBe(cursor);
    state.close();
  });

  it('takes nothing of a transport that is on trial', async () => {
    const [good, fallback] = [manual('good'), manual('fallback')];
    const { state, clock } = stateBy({ transports: [good.transport, fallback.transport] });
    await nextTurn();
    // The better one brings nothing in time.
    clock.advance(5000);
    fallback.last().onFrame(opening('start'));
    fallback.last().onFrame({ key: 'a', data: 1 });
    fallback.last().onFrame(complete('e.1'));
    await nextTurn();
    for (let n = 0; good.opened.length < 2 && n < 50; n++) {
      clock.advance(5000);
      fallback.last().onFrame();
    }
    const trial = good.last();
    trial.onFrame({ event: 'pushwire:open', id: 'start', data: { heartbeat: 15_000, retry: 1000 } });
    trial.onFrame(complete('e.9'));
    await nextTurn();
    expect([state.get('a'), good.opened.length, good.requests.at(-1)?.cursor]).toEqual([1, 3, 'e.1']);
    state.close();
  });
});
