import type { Produce } from '../../src';
import { aborted, gate, readAll, setUp } from './kit';

/** A producer that gives one message, and waits for its signal. */
function patient() {
  const log: unknown[] = [];
  const produce: Produce = async function* ({ signal }) {
    log.push('begun');
    try {
      yield 'a';
      await aborted(signal);
      log.push([signal.reason.code, signal.reason.message]);
    } finally {
      log.push('finally');
    }
  };
  return { log, produce };
}

const all = [['run-stopped', 'enough'], 'finally'];

describe('run.stop()', () => {
  it('fires the signal with the reason, and the run ends as stopped', async () => {
    const { run, settle, errors } = setUp();
    const { log, produce } = patient();
    const { done } = await run.start(produce);
    await settle();
    expect(await run.stop('enough')).toBe(true);
    await settle();
    expect(log).toEqual(['begun', ...all]);
    expect(await done).toMatchObject({ status: 'stopped', reason: 'enough' });
    expect(await run.state()).toEqual(await done);
    expect(await readAll(run.read())).toEqual({ data: ['a'] });
    expect(errors).toEqual([]);
  });

  it('has no reason where none is given', async () => {
    const { run, settle } = setUp();
    const { log, produce } = patient();
    const { done } = await run.start(produce);
    await settle();
    await run.stop();
    await settle();
    expect(await done).not.toHaveProperty('reason');
    expect(log).toContainEqual(['run-stopped', 'The run was asked to stop.']);
  });

  it('of a run that has ended does nothing, and does not stop the next one', async () => {
    const { run, settle } = setUp();
    await run.start(() => ['a']);
    await settle();
    expect(await run.stop()).toBe(false);
    await run.start(() => ['b']);
    await settle();
    expect(await run.state()).toMatchObject({ status: 'completed' });
  });

  it('before the start stops it, for a minute', async () => {
    const { run, settle, pass } = setUp();
    const { log, produce } = patient();
    expect(await run.stop('enough')).toBe(true);
    expect(await run.state()).toEqual({ status: 'none' });
    const { started, done } = await run.start(produce);
    await settle();
    expect([started, await done, log]).toMatchObject([true, { status: 'stopped', reason: 'enough' }, []]);
    expect(await run.stop('again', { key: 'later' })).toBe(true);
    await pass(60_000, 10_000);
    await run.start(produce, { key: 'later' });
    await settle();
    expect(await run.state()).toMatchObject({ status: 'running' });
  });

  it('while the start is not confirmed stops it', async () => {
    const { run, settle, store } = setUp();
    const { log, produce } = patient();
    store.holds = ['claim'];
    const starting = run.start(produce);
    await settle();
    expect(await run.stop('enough')).toBe(true);
    store.release();
    await settle();
    expect((await (await starting).done).status).toBe('stopped');
    expect(log).toEqual([]);
  });

  it('while the start is not confirmed stops it even if the store cannot be reached', async () => {
    const { run, settle, store } = setUp();
    store.holds = ['claim'];
    const starting = run.start(() => ['a']);
    store.trouble = (call) => (call === 'stop' ? 'unavailable' : undefined);
    const stopping = run.stop('enough');
    await settle();
    store.release();
    await settle();
    expect(await stopping).toBe(true);
    expect((await (await starting).done).reason).toBe('enough');
  });

  it('fails where only a start has heard of it that then joins the run of another process', async () => {
    const { run, settle, store } = setUp();
    const claim = { owner: 'of another process', key: 'one', lease: 15_000, keep: 1000 };
    await store.inner.claim('pushwire:run:answer', claim, () => {});
    store.holds = ['claim'];
    const starting = run.start(() => ['a'], { key: 'one' });
    store.trouble = (call) => (call === 'stop' ? 'unavailable' : undefined);
    const stopping = run.stop('enough', { key: 'one' }).catch(({ code }) => code);
    await settle();
    store.release();
    await settle();
    expect([(await starting).started, await stopping]).toEqual([false, 'backplane-unavailable']);
  });

  it('fails where only a start has heard of it that then fails', async () => {
    const { run, store } = setUp();
    store.trouble = () => 'unavailable';
    const starting = run.start(() => ['a']).catch(({ code }) => code);
    await expect(run.stop('enough')).rejects.toMatchObject({ code: 'backplane-unavailable' });
    expect(await starting).toBe('backplane-unavailable');
  });

  it('of a run that has ended does nothing, though a start is under way that repeats it', async () => {
    const { run, settle, store } = setUp();
    await run.start(() => ['a'], { key: 'one' });
    await settle();
    store.holds = ['claim'];
    const starting = run.start(() => ['a'], { key: 'one' });
    const stopping = run.stop('enough');
    await settle();
    store.release();
    await settle();
    expect([(await starting).started, await stopping]).toEqual([false, false]);
  });

  it('reaches a producer of this process even if the store cannot be reached', async () => {
    const { run, settle, store } = setUp();
    const { produce } = patient();
    await run.start(produce);
    store.trouble = (call) => (call === 'stop' ? 'unavailable' : undefined);
    expect(await run.stop('enough')).toBe(true);
    await settle();
    expect((await run.state()).status).toBe('stopped');
    await expect(run.stop()).rejects.toMatchObject({ code: 'backplane-unavailable' });
  });

  it('that the producer hears of by a reply alone stops it too', async () => {
    const { run, settle, store, pass } = setUp();
    const { produce, log } = patient();
    const claim = store.claim;
    store.claim = (name, claimed) => claim(name, claimed, () => {});
    await run.start(produce, { lease: 3000 });
    await settle();
    store.inner.stop('pushwire:run:answer', { reason: 'enough', key: undefined });
    await settle();
    expect(log).toEqual(['begun']);
    await pass(1000);
    expect([log, (await run.state()).reason]).toEqual([['begun', ...all], 'enough']);
  });

  it('with a key stops that start alone', async () => {
    const { run, settle } = setUp();
    const { produce } = patient();
    await run.start(produce, { key: 'one' });
    expect(await run.stop('other', { key: 'two' })).toBe(true);
    await settle();
    expect((await run.state()).status).toBe('running');
    expect(await run.stop('enough', { key: 'one' })).toBe(true);
    await settle();
    const two = await run.start(produce, { key: 'two' });
    await settle();
    expect((await two.done).reason).toBe('other');
  });

  it.each([
    ['ignores the signal', async () => new Promise<void>(() => {})],
    [
      'waits for something else',
      async function* () {
        yield 'a';
        await new Promise(() => {});
      },
    ],
    [
      'is an iterator that returns never',
      () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => {}),
          return: () => new Promise<never>(() => {}),
        }),
      }),
    ],
  ] as [string, Produce][])('ends a producer that %s without it, after 5 seconds', async (_, produce) => {
    const { run, pass } = setUp();
    await run.start(produce);
    await run.stop('enough');
    await pass(4900);
    expect((await run.state()).status).toBe('running');
    await pass(200);
    expect(await run.state()).toMatchObject({ status: 'stopped', reason: 'enough' });
  });

  it('writes what was given before, and nothing that comes after', async () => {
    const { run, settle, pass, errors } = setUp();
    const go = gate();
    const rejected: unknown[] = [];
    await run.start(async ({ run }) => {
      run.send('before');
      await go.opened;
      run.send('after, and nothing handles it');
      await run.send('after').catch(({ code }) => rejected.push(code));
    });
    await run.stop();
    await pass(100);
    go.open();
    await settle();
    expect([await readAll(run.read()), rejected, errors]).toEqual([{ data: ['before'] }, ['run-stopped'], []]);
  });

  it('drops an item that comes after it', async () => {
    const { run, settle } = setUp();
    const go = gate();
    await run.start(async function* () {
      yield 'before';
      await go.opened;
      yield 'after';
    });
    await settle();
    await run.stop();
    go.open();
    await settle();
    expect(await readAll(run.read())).toEqual({ data: ['before'] });
  });

  it('closes an iterable that a promise gives too late', async () => {
    const { run, settle } = setUp();
    const go = gate();
    const log: string[] = [];
    await run.start(async () => {
      await go.opened;
      return {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            log.push('next');
            return { done: true, value: undefined };
          },
          return: async () => {
            log.push('return');
            return { done: true, value: undefined };
          },
        }),
      };
    });
    await run.stop();
    go.open();
    await settle();
    expect([log, (await run.state()).status]).toEqual([['return'], 'stopped']);
  });

  it('logs what a finally throws', async () => {
    const { run, settle, errors } = setUp();
    const bug = new Error('in finally');
    await run.start(async function* () {
      try {
        yield 'a';
        await new Promise((resolve) => setImmediate(resolve));
        yield 'b';
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: it is the bug
        throw bug;
      }
    });
    await settle();
    await settle();
    expect(errors).toEqual([bug]);
  });

  class UserAbortError extends Error {}
  const reasonOf = (signal: AbortSignal) => signal.reason as Error;

  it.each<[string, (signal: AbortSignal) => unknown, unknown[]]>([
    ['its reason', reasonOf, []],
    ['an error that it has caused', (signal) => new Error('failed', { cause: signal.reason }), []],
    ['an AbortError', () => new DOMException('aborted', 'AbortError'), []],
    ['the class that a library has for it', () => new UserAbortError('aborted'), []],
    ['anything else', () => new Error('a bug'), [new Error('a bug')]],
    ['nothing', () => undefined, [undefined]],
  ])('logs of %s what is no consequence of the signal', async (_, make, logged) => {
    const { run, settle, errors } = setUp();
    const fail = async (signal: AbortSignal) => {
      await aborted(signal);
      throw make(signal);
    };
    for (const produce of [
      ({ signal }) => fail(signal),
      async function* ({ signal }) {
        yield 'a';
        await fail(signal);
      },
    ] as Produce[]) {
      errors.length = 0;
      await run.start(produce);
      await settle();
      await run.stop();
      await settle();
      expect([(await run.state()).status, errors]).toEqual(['stopped', logged]);
    }
  });

  it('is too late once the end is decided', async () => {
    const { run, settle, store } = setUp();
    store.holds = ['write'];
    const { done } = await run.start(() => ['a']);
    await settle();
    await run.stop('enough');
    store.release();
    await settle();
    expect((await done).status).toBe('completed');
  });

  it.each([7, null, 'x'.repeat(1001)])('refuses the reason %p at once', (reason) => {
    const { run } = setUp();
    expect(() => run.stop(reason as string)).toThrow('stop reason: expected a string of at most 1000 characters');
    expect(() => run.stop('', { kee: 'x' } as never)).toThrow('unknown option "kee"');
  });

  it('is never lost, wherever it comes', async () => {
    for (let turns = 0; turns < 12; turns++) {
      const { run, settle, clock, store } = setUp();
      if (turns % 2) store.holds = ['claim'];
      const starting = run.start(patient().produce);
      for (let n = 0; n < turns / 2; n++) {
        await new Promise((resolve) => setImmediate(resolve));
        clock.turn();
      }
      expect(await run.stop()).toBe(true);
      store.release();
      await settle();
      expect([turns, (await (await starting).done).status]).toEqual([turns, 'stopped']);
    }
  });
});
