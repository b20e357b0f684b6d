import { aborted, gate, readAll, setUp } from './kit';

describe('hub.close()', () => {
  it('lets producers finish', async () => {
    const { hub, run, settle, pass, store } = setUp();
    const go = gate();
    const { done } = await run.start(async function* () {
      yield 'a';
      await go.opened;
      yield 'b';
    });
    await settle();
    let isClosed = false;
    hub.close().then(() => {
      isClosed = true;
    });
    await pass(9000);
    expect(isClosed).toBe(false);
    go.open();
    await settle();
    await pass(100);
    expect([isClosed, (await done).status]).toEqual([true, 'completed']);
    expect(store.writes.at(-1)).toMatchObject({ outcome: { outcome: 'completed' }, after: 1 });
  });

  it('ends them as failed after 10 seconds, so that a half answer never looks whole', async () => {
    const { hub, run, settle, pass, store, errors } = setUp();
    const log: unknown[] = [];
    const { done } = await run.start(async function* ({ signal }) {
      try {
        yield 'a';
        await aborted(signal);
      } finally {
        log.push(signal.reason.code);
      }
    });
    await settle();
    let isClosed = false;
    hub.close().then(() => {
      isClosed = true;
    });
    await pass(9900);
    expect([log, isClosed]).toEqual([[], false]);
    await pass(500);
    expect([log, isClosed]).toEqual([['hub-closed'], true]);
    expect(await done).toMatchObject({ status: 'failed', code: 'draining' });
    expect(store.writes.at(-1)?.outcome).toEqual({ outcome: 'failed', code: 'draining' });
    expect(errors).toEqual([]);
  });

  it('does not wait for one that ignores its signal', async () => {
    const { hub, run, pass } = setUp();
    const { done } = await run.start(() => new Promise(() => {}));
    const closing = hub.close();
    await pass(12_000);
    await closing;
    expect(await done).toMatchObject({ status: 'failed', code: 'draining' });
  });

  it('does not wait for a store that cannot be reached', async () => {
    const { hub, run, pass, store } = setUp();
    const { done } = await run.start(() => new Promise(() => {}));
    store.trouble = () => 'unavailable';
    const closing = hub.close();
    await pass(14_000);
    await closing;
    expect(await done).toMatchObject({ status: 'lost' });
  });

  it('ends a producer that another process is stopping as stopped', async () => {
    const { hub, run, pass, store } = setUp();
    const { done } = await run.start(() => new Promise(() => {}));
    const closing = hub.close();
    await pass(8000);
    store.inner.stop('pushwire:run:answer', { reason: 'enough', key: undefined });
    await pass(2500);
    await closing;
    expect(await done).toMatchObject({ status: 'stopped', reason: 'enough' });
  });

  it('ends a start that is confirmed too late, and rejects it', async () => {
    const { hub, run, settle, pass, store } = setUp();
    store.holds = ['claim'];
    const calls: string[] = [];
    const failure = run.start(() => [calls.push('produced')] as never).catch(({ code }) => code);
    await settle();
    const closing = hub.close();
    store.release();
    await pass(2000);
    await closing;
    expect([await failure, calls, store.writes.at(-1)?.outcome]).toEqual([
      'hub-closed',
      [],
      { outcome: 'failed', code: 'draining' },
    ]);
  });

  it('gives up a start that is not confirmed in time', async () => {
    const { hub, run, pass, store } = setUp();
    store.trouble = () => 'unconfirmed';
    const starting = run.start(() => ['a'], { lease: 60_000 }).catch(({ code }) => code);
    await pass(100);
    const closing = hub.close();
    await pass(14_500);
    await closing;
    const { length } = store.calls;
    expect(await starting).toBe('backplane-unconfirmed');
    await pass(10_000);
    expect(store.calls).toHaveLength(length);
  });

  it('writes nothing for a start that is confirmed when the store is closed', async () => {
    const { hub, run, pass, store } = setUp();
    const produce = jest.fn();
    store.holds = ['claim'];
    const starting = run.start(produce).catch(({ code }) => code);
    const closing = hub.close();
    await pass(14_000);
    await closing;
    store.release();
    await pass(5000);
    expect([await starting, store.calls]).toEqual(['hub-closed', ['claim']]);
    expect(produce).not.toHaveBeenCalled();
  });

  it('ends loops over runs, and rejects what waits for the end of others', async () => {
    const { hub, run, settle, pass } = setUp();
    const go = gate();
    await run.start(async function* () {
      yield 'a';
      await go.opened;
    });
    const joined = await run.start(() => []);
    await settle();
    const done = joined.done.catch(({ code }) => code);
    const reading = readAll(run.read());
    await settle();
    const closing = hub.close();
    await settle();
    go.open();
    await pass(1000);
    await closing;
    expect([await done, await reading]).toEqual(['hub-closed', { data: ['a'], error: 'hub-closed' }]);
  });

  it('fails a producer that ends since the hub closes with the code of a drain', async () => {
    const { hub, run, settle, pass } = setUp();
    const { done } = await run.start(async function* () {
      for await (const { data } of hub.channel('orders').read()) yield { data };
    });
    await settle();
    const closing = hub.close();
    await pass(1000);
    await closing;
    expect(await done).toMatchObject({ status: 'failed', code: 'draining' });
  });
});
