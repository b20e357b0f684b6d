import { createHub, type StartOptions } from '../../src';
import { aborted, gate, readAll, setUp } from './kit';

const forever = async function* ({ signal }: { signal: AbortSignal }) {
  yield 'a';
  await aborted(signal);
};

describe('run.start()', () => {
  it.each([
    [{ key: '' }, 'start option key: expected a string of 1 to 255 characters'],
    [{ key: 'x'.repeat(256) }, 'start option key'],
    [{ key: '\ud800' }, 'start option key: expected a string of 1 to 255 characters without lone surrogates'],
    [{ lease: 999 }, 'start option lease: expected an integer number of milliseconds from 1000'],
    [{ keep: 0 }, 'start option keep'],
    [{ most: { count: 0 } }, 'most option count'],
    [{ most: { size: 1 } }, 'unknown option "size"'],
    [{ whenRunning: 'wait' }, 'start option whenRunning: expected "join" or "refuse" or "replace"'],
    [{ leese: 1 }, 'unknown option "leese"'],
  ])('refuses %j at once', (options, message) => {
    const { run } = setUp();
    expect(() => run.start(forever, options as StartOptions)).toThrow(TypeError);
    expect(() => run.start(forever, options as StartOptions)).toThrow(message);
  });

  it('refuses a producer that is no function', () => {
    const { run } = setUp();
    expect(() => run.start(['a'] as never)).toThrow('start: expected a function that produces the run, got an array');
  });

  it('resolves when the claim is confirmed, before the run has ended', async () => {
    const { run, clock, settle } = setUp();
    const go = gate();
    const { started, state, done } = await run.start(async function* () {
      await go.opened;
      yield 'a';
    });
    expect(started).toBe(true);
    expect(state).toEqual({ status: 'running', head: expect.stringMatching(/\.0$/), startedAt: clock.now() });
    expect(await run.state()).toEqual(state);
    go.open();
    await settle();
    expect(await done).toEqual({
      ...state,
      status: 'completed',
      head: state.head?.replace('.0', '.1'),
      endedAt: clock.now(),
    });
    expect(await run.state()).toEqual(await done);
  });

  it('joins a run that is under way', async () => {
    const { run, settle } = setUp();
    const calls: string[] = [];
    await run.start(forever);
    const joined = await run.start(async () => calls.push('produced'), { key: 'other' });
    expect([joined.started, joined.state.status, calls]).toEqual([false, 'running', []]);
    await settle();
    await run.stop('enough');
    await settle();
    expect(await joined.done).toEqual(await run.state());
    expect((await joined.done).reason).toBe('enough');
  });

  it('with the same key joins the run after its end too, and another key starts anew', async () => {
    const { run, settle } = setUp();
    let calls = 0;
    const produce = () => [`call ${++calls}`];
    const first = await run.start(produce, { key: 'one' });
    await settle();
    const again = await run.start(produce, { key: 'one' });
    expect([again.started, again.state, await again.done]).toEqual([false, await first.done, await first.done]);
    expect((await run.start(produce, { key: 'two' })).started).toBe(true);
    await settle();
    expect(await readAll(run.read())).toEqual({ data: ['call 2'] });
    expect((await run.start(produce)).started).toBe(true);
  });

  it('refuses where it is asked to', async () => {
    const { run } = setUp();
    await run.start(forever, { key: 'one' });
    const refused = run.start(forever, { whenRunning: 'refuse' });
    await expect(refused).rejects.toMatchObject({ code: 'run-running', status: 409 });
    expect((await run.start(forever, { whenRunning: 'refuse', key: 'one' })).started).toBe(false);
  });

  it('replaces a run after its producer has finished', async () => {
    const { run, settle } = setUp();
    const log: string[] = [];
    const finishing = gate();
    const first = await run.start(async function* ({ signal }) {
      try {
        yield 'first';
        await aborted(signal);
      } finally {
        await finishing.opened;
        log.push('first has finished');
      }
    });
    await settle();
    const reading = readAll(run.read());
    await settle();
    const second = run.start(
      () => {
        log.push('second begins');
        return ['second'];
      },
      { whenRunning: 'replace' },
    );
    await settle();
    expect(log).toEqual([]);
    finishing.open();
    await settle();
    expect((await second).started).toBe(true);
    expect(log).toEqual(['first has finished', 'second begins']);
    expect(await first.done).toMatchObject({ status: 'stopped', reason: 'replaced' });
    // Readers of the first run see its end, and nothing of the second.
    expect(await reading).toEqual({ data: ['first'] });
    expect(await readAll(run.read())).toEqual({ data: ['second'] });
  });

  it('after the end lets readers see the end first', async () => {
    // The fake clock ends a turn before promises are settled, and the real one after that.
    const run = createHub().run('answer');
    const go = gate();
    const { done } = await run.start(async function* () {
      yield 'a';
      await go.opened;
      yield 'b';
    });
    const items = run.read()[Symbol.asyncIterator]();
    expect(await items.next()).toMatchObject({ value: { data: 'a' } });
    const waiting = items.next();
    const second = done.then(() => run.start(() => ['c']));
    go.open();
    expect((await second).started).toBe(true);
    expect(await waiting).toMatchObject({ value: { data: 'b' } });
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it('that replaces is not stopped by its own stop, if the run is gone meanwhile', async () => {
    const { run, settle, pass, store } = setUp();
    const go = gate();
    await run.start(() => go.opened, { keep: 1000 });
    store.holds = ['claim'];
    const second = run.start(() => ['second'], { whenRunning: 'replace' });
    await settle();
    go.open();
    await settle();
    await pass(3000);
    store.release();
    await settle();
    expect((await second).started).toBe(true);
    await settle();
    expect(await run.state()).toMatchObject({ status: 'completed' });
  });

  it('starts one of many', async () => {
    const { run, settle } = setUp();
    let calls = 0;
    const produce = async function* () {
      yield ++calls;
    };
    const starts = await Promise.all(Array.from({ length: 100 }, () => run.start(produce as never)));
    expect(starts.filter(({ started }) => started)).toHaveLength(1);
    await settle();
    expect(calls).toBe(1);
  });

  it('repeats a claim that was not confirmed, which is made once', async () => {
    const { run, settle, pass, store } = setUp();
    let failures = 3;
    store.trouble = (call) => (call === 'claim' && failures-- > 0 ? 'unconfirmed' : undefined);
    let calls = 0;
    const starting = run.start(() => [`${++calls}`]);
    await pass(1000, 50);
    expect(await starting).toMatchObject({ started: true });
    await settle();
    expect([calls, await readAll(run.read())]).toEqual([1, { data: ['1'] }]);
  });

  it('rejects at once where nothing was claimed', async () => {
    const { run, settle, store } = setUp();
    store.trouble = () => 'unavailable';
    const starting = run.start(() => []);
    await settle();
    await expect(starting).rejects.toMatchObject({ code: 'backplane-unavailable' });
    store.trouble = () => undefined;
    expect(await run.state()).toEqual({ status: 'none' });
  });

  it('gives up a claim that is not confirmed within its lease, and the run is lost', async () => {
    const { run, pass, store } = setUp();
    store.trouble = () => 'unconfirmed';
    let calls = 0;
    const failure = run.start(() => [`${++calls}`]).catch(({ code }) => code);
    await pass(16_000);
    expect(await failure).toBe('backplane-unconfirmed');
    store.trouble = () => undefined;
    expect([calls, (await run.state()).status]).toEqual([0, 'lost']);
  });

  it('rejects on a closed hub', async () => {
    const { run, hub } = setUp();
    await hub.close();
    await expect(run.start(forever)).rejects.toMatchObject({ code: 'hub-closed' });
    await expect(run.stop()).rejects.toMatchObject({ code: 'hub-closed' });
    await expect(run.state()).rejects.toMatchObject({ code: 'hub-closed' });
  });

  it('need not be awaited', async () => {
    const { run, errors, settle, store } = setUp();
    store.trouble = () => 'unavailable';
    run.stop();
    run.start(forever);
    run.state();
    await settle();
    expect(errors).toHaveLength(3);
  });
});

describe('limits.runs', () => {
  it('forgets the run that ended the longest ago, and refuses where all are under way', async () => {
    const { hub, settle } = setUp({ limits: { runs: 2 } });
    for (const id of ['a', 'b', 'c']) {
      await hub.run(id).start(() => [id]);
      await settle();
    }
    const statusOf = async (id: string) => (await hub.run(id).state()).status;
    expect(await Promise.all(['a', 'b', 'c'].map(statusOf))).toEqual(['none', 'completed', 'completed']);
    for (const id of ['a', 'b']) await hub.run(id).start(forever);
    await expect(hub.run('d').start(forever)).rejects.toMatchObject({ code: 'hub-full' });
    expect((await hub.run('a').start(forever)).started).toBe(false);
    await expect(hub.run('a').start(forever, { whenRunning: 'replace' })).rejects.toMatchObject({ code: 'hub-full' });
    await hub.run('a').stop();
    await settle();
    expect((await hub.run('d').start(forever)).started).toBe(true);
  });
});

describe('hub.run()', () => {
  it.each(['', 'a\nb', '\ud800', 'x'.repeat(256), 7])('refuses the id %j', (id) => {
    expect(() => createHub().run(id as string)).toThrow(TypeError);
    expect(() => createHub().run(id as string)).toThrow('run id: expected');
  });

  it('has names of its own, which no channel may have', () => {
    const { hub } = setUp();
    expect(() => hub.channel('pushwire:run:answer')).toThrow(TypeError);
    expect(() => hub.channel('pushwire:')).toThrow('reserved');
    expect(hub.channel('pushwire').name).toBe('pushwire');
  });

  it('refuses a backplane without runs', () => {
    const backplane = { append() {}, end() {}, follow() {}, connectionsTo() {}, close() {} };
    const hub = createHub({ backplane: () => backplane as never });
    expect(() => hub.run('answer')).toThrow('has no runs');
  });
});
