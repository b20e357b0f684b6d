import type { Produce } from '../../src';
import { aborted, gate, readAll, setUp, type Trouble } from './kit';

/** A producer that gives a message when it is told to, and notes how it ends. */
function steady() {
  const log: unknown[] = [];
  let next = gate();
  const produce: Produce = async function* ({ signal }) {
    const end = aborted(signal);
    try {
      for (let n = 1; ; n++) {
        yield `${n}`;
        await Promise.race([next.opened, end]);
        if (signal.aborted) return;
      }
    } finally {
      log.push(signal.reason?.code);
    }
  };
  const give = () => {
    const { open } = next;
    next = gate();
    open();
  };
  return { produce, give, log };
}

describe('a lease', () => {
  it('is renewed three times in its time, by writes without messages', async () => {
    const { run, pass, store } = setUp();
    const { produce } = steady();
    await run.start(produce);
    await pass(60_000, 1000);
    expect((await run.state()).status).toBe('running');
    const empty = store.writes.filter(({ messages }) => messages.length === 0).length;
    expect(empty).toBeGreaterThanOrEqual(10);
    expect(empty).toBeLessThanOrEqual(13);
  });

  it('is renewed by messages too', async () => {
    const { run, pass, store } = setUp();
    const { produce, give } = steady();
    await run.start(produce);
    for (let n = 0; n < 30; n++) {
      await pass(1000);
      give();
    }
    expect(store.writes.filter(({ messages }) => messages.length === 0)).toEqual([]);
  });

  it.each<Trouble>(['unavailable', 'unconfirmed'])(
    'lets writes be repeated that are %s, each done once',
    async (trouble) => {
      const { run, pass, settle, store, errors } = setUp();
      const { produce, give, log } = steady();
      await run.start(produce);
      await settle();
      let fails = true;
      store.trouble = () => (fails ? trouble : undefined);
      for (let n = 0; n < 5; n++) {
        give();
        await pass(1000, 100);
      }
      fails = false;
      await pass(1000, 100);
      await run.stop();
      await settle();
      expect(await readAll(run.read())).toEqual({ data: ['1', '2', '3', '4', '5', '6'] });
      expect([log, errors]).toEqual([['run-stopped'], []]);
      const sent = store.writes.filter(({ messages }) => messages.length > 0);
      for (const { after, messages } of sent) {
        const same = sent.filter((other) => other.after === after).map((other) => other.messages.length);
        expect(new Set(same)).toEqual(new Set([messages.length]));
      }
    },
  );

  it('that is over in an outage ends the run for its producer, and as lost', async () => {
    const { run, pass, store, errors } = setUp();
    const { produce, give, log } = steady();
    const { done } = await run.start(produce);
    await pass(1000);
    store.trouble = () => 'unavailable';
    give();
    await pass(13_000);
    expect(log).toEqual([]);
    await pass(3000);
    expect(log).toEqual(['run-lost']);
    expect(errors).toMatchObject([{ code: 'backplane-unavailable' }]);
    store.trouble = () => undefined;
    await pass(2000);
    expect(await done).toEqual(await run.state());
    expect(await done).toMatchObject({ status: 'lost' });
    expect(await readAll(run.read())).toEqual({ data: ['1'], error: 'run-lost' });
  });

  it('counts from the last write that was done', async () => {
    const { run, pass, store } = setUp();
    const { produce, log } = steady();
    await run.start(produce);
    await pass(30_000, 1000);
    store.trouble = () => 'unavailable';
    await pass(8000);
    store.trouble = () => undefined;
    await pass(2000);
    expect([log, (await run.state()).status]).toEqual([[], 'running']);
  });

  it('does not make a run lost whose last write was done', async () => {
    const { run, pass, settle, store } = setUp();
    const { done } = await run.start(() => ['a']);
    store.trouble = (call) => (call === 'write' ? 'unconfirmed' : 'unavailable');
    await settle();
    await pass(20_000);
    store.trouble = () => undefined;
    await pass(2000);
    expect(await done).toMatchObject({ status: 'completed' });
    expect(await readAll(run.read())).toEqual({ data: ['a'] });
  });

  it('that a pause outlasts fences the producer', async () => {
    const { run, clock, settle, store } = setUp();
    const { produce, give, log } = steady();
    const { done } = await run.start(produce);
    await settle();
    // A process that is paused runs no timers, and others see time pass.
    const write = store.write;
    const held = gate();
    store.write = async (...args) => {
      await held.opened;
      return write(...args);
    };
    give();
    clock.advance(16_000);
    await settle();
    expect((await run.state()).status).toBe('lost');
    held.open();
    await settle();
    expect([log, await done]).toEqual([['run-lost'], await run.state()]);
    expect(await readAll(run.read())).toEqual({ data: ['1'], error: 'run-lost' });
  });

  it('that is over lets another start begin, and the former producer writes nothing', async () => {
    const { run, clock, settle, store } = setUp();
    const old = steady();
    const { done } = await run.start(old.produce);
    await settle();
    const write = store.write;
    const held = gate();
    store.write = async (...args) => {
      if (args[1].epoch === first) await held.opened;
      return write(...args);
    };
    const first = ((await run.state()).head as string).split('.')[0];
    old.give();
    clock.advance(15_001);
    const second = await run.start(() => ['second']);
    expect(second.started).toBe(true);
    await settle();
    held.open();
    await settle();
    expect(old.log).toEqual(['run-lost']);
    expect((await done).status).toBe('lost');
    expect(await readAll(run.read())).toEqual({ data: ['second'] });
  });

  it('that is over is told to readers within a second', async () => {
    const { run, clock, settle, store } = setUp();
    const { produce } = steady();
    await run.start(produce, { lease: 2000 });
    await settle();
    const reading = readAll(run.read());
    await settle();
    store.write = () => new Promise(() => {});
    let ended: unknown;
    reading.then((result) => {
      ended = result;
    });
    clock.advance(1900);
    await settle();
    expect(ended).toBeUndefined();
    clock.advance(1100);
    await settle();
    expect(ended).toEqual({ data: ['1'], error: 'run-lost' });
  });
});

describe('a store without room', () => {
  it('fails the run that grows, and evicts nothing of it', async () => {
    const { hub, settle, errors } = setUp({ limits: { logBytes: 2000 } });
    const run = hub.run('grows');
    const { done } = await run.start(async function* () {
      for (let n = 0; n < 100; n++) {
        yield 'x'.repeat(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    for (let n = 0; n < 30; n++) await settle();
    expect(await done).toMatchObject({ status: 'failed', code: 'hub-full' });
    expect(errors).toMatchObject([{ code: 'hub-full' }]);
    const { data } = await readAll(run.read());
    expect(data).toHaveLength(6);
  });

  it('forgets runs that have ended as a whole, the oldest first', async () => {
    const { hub, settle } = setUp({ limits: { logBytes: 2000 } });
    const sizes = [700, 700, 700];
    for (const [n, size] of sizes.entries()) {
      await hub.run(`${n}`).start(() => ['x'.repeat(size)]);
      await settle();
    }
    const statuses = await Promise.all(sizes.map(async (_, n) => (await hub.run(`${n}`).state()).status));
    expect(statuses).toEqual(['none', 'completed', 'completed']);
  });

  it('evicts messages of channels first', async () => {
    const { hub, settle } = setUp({ limits: { logBytes: 2000 } });
    const news = hub.channel('news');
    for (let n = 0; n < 5; n++) await news.publish('x'.repeat(100));
    await hub.run('a').start(() => ['x'.repeat(1500)]);
    await settle();
    expect(await hub.run('a').state()).toMatchObject({ status: 'completed' });
  });
});

describe('keep', () => {
  it('counts from the end', async () => {
    const { run, pass } = setUp();
    const go = gate();
    await run.start(() => go.opened, { keep: 5000 });
    await pass(30_000, 1000);
    expect((await run.state()).status).toBe('running');
    go.open();
    await pass(4500);
    expect((await run.state()).status).toBe('completed');
    await pass(1000);
    expect(await run.state()).toEqual({ status: 'none' });
    expect(await readAll(run.read())).toEqual({ data: [], error: 'run-unknown' });
  });
});
