import { aborted, gate, readAll, setUp } from './kit';

describe('run.read()', () => {
  it('begins at the very start, and goes on to the end', async () => {
    const { run, settle } = setUp();
    const go = gate();
    await run.start(async function* () {
      yield 'a';
      await go.opened;
      yield { data: { b: 1 }, event: 'x' };
    });
    await settle();
    const reading = readAll(run.read());
    await settle();
    go.open();
    await settle();
    expect(await reading).toEqual({ data: ['a', { b: 1 }] });
  });

  it('reads on after a message', async () => {
    const { run, settle } = setUp();
    await run.start(() => ['a', 'b', 'c']);
    await settle();
    const ids: string[] = [];
    for await (const { id } of run.read()) ids.push(id);
    expect(await readAll(run.read(ids[0]))).toEqual({ data: ['b', 'c'] });
    expect(await readAll(run.read(ids[2]))).toEqual({ data: [] });
  });

  it('tells a gap to those who come from another run of the id', async () => {
    const { run, settle } = setUp();
    await run.start(() => ['a']);
    await settle();
    const { head } = await run.state();
    await run.start(() => ['b']);
    await settle();
    expect(await readAll(run.read(head))).toEqual({ data: ['gap', 'b'] });
  });

  it('tells a loop that is late of the run that took the place of its own', async () => {
    const { run, settle } = setUp();
    await run.start(() => Array.from({ length: 1000 }, () => 'x'.repeat(1000)));
    await settle();
    await settle();
    const data: unknown[] = [];
    for await (const item of run.read()) {
      data.push(item.gap ? 'gap' : (item.data as string).slice(0, 1));
      if (data.length === 10) {
        await run.start(() => ['b']);
        await settle();
      }
    }
    expect(data.slice(-2)).toEqual(['gap', 'b']);
    expect(data.length).toBeLessThan(100);
  });

  it('throws where nothing is known, at its first message', async () => {
    const { run, hub } = setUp();
    expect(await readAll(run.read())).toEqual({ data: [], error: 'run-unknown' });
    await run.stop();
    expect(await readAll(run.read())).toEqual({ data: [], error: 'run-unknown' });
    expect(hub.stats().channels).toBe(0);
  });

  it('ends by its signal', async () => {
    const { run, settle } = setUp();
    await run.start(({ signal }) => aborted(signal));
    const controller = new AbortController();
    const reading = readAll(run.read(undefined, { signal: controller.signal }));
    await settle();
    controller.abort('over');
    expect(await reading).toEqual({ data: [], error: 'over' });
  });

  it.each([[7], [null]])('refuses the cursor %j at once', (cursor) => {
    expect(() => setUp().run.read(cursor as never)).toThrow('read cursor: expected a string');
    expect(() => setUp().run.read(undefined, { from: 'now' } as never)).toThrow('unknown option "from"');
  });

  it('says in its error why the run has failed', async () => {
    const { run, settle } = setUp();
    await run.start(() => [{ data: 1, id: 'x' }]);
    await settle();
    await expect(
      (async () => {
        for await (const _ of run.read());
      })(),
    ).rejects.toThrow('The run "answer" has failed: run-failed');
  });
});

it('whoever follows a run has its end before a start in the same turn takes its place', async () => {
  const { clock, run, settle } = setUp();
  const go = gate();
  const { done } = await run.start(async ({ run }) => {
    run.send('one');
    await go.opened;
    run.send('last');
  });
  const joined = (await run.start(() => [])).done;
  const reading = readAll(run.read());
  await settle();
  go.open();
  await new Promise((resolve) => setImmediate(resolve));
  // It comes right after the last write, and before the followers of that turn.
  let second: ReturnType<typeof run.start> | undefined;
  clock.soon(() => {
    second = run.start(() => ['second']);
  });
  await settle();
  expect((await second)?.started).toBe(true);
  expect([(await done).status, (await joined).status]).toEqual(['completed', 'completed']);
  expect(await reading).toEqual({ data: ['one', 'last'] });
  expect(await readAll(run.read())).toEqual({ data: ['second'] });
});

describe('a loop over a run that is forgotten under it', () => {
  const started = async () => {
    const { run, settle, pass } = setUp();
    const { done } = await run.start(() => ['x'.repeat(40_000), 'x'.repeat(40_000), 'last'], { keep: 1000 });
    await settle();
    const loop = run.read()[Symbol.asyncIterator]();
    await done;
    return { loop, pass };
  };

  it('is told of a gap, and that the run is lost', async () => {
    const { loop, pass } = await started();
    await loop.next();
    await loop.next();
    await pass(2000);
    expect((await loop.next()).value).toMatchObject({ gap: { reason: 'evicted', missed: 1 } });
    await expect(loop.next()).rejects.toMatchObject({ code: 'run-lost' });
  });

  it('is not if it has all of it', async () => {
    const { loop, pass } = await started();
    await loop.next();
    await loop.next();
    expect((await loop.next()).value?.data).toBe('last');
    await pass(2000);
    expect(await loop.next()).toEqual({ done: true, value: undefined });
  });
});

it('a run that nobody uses any more leaves nothing behind', async () => {
  const { hub, settle, pass } = setUp();
  for (let n = 0; n < 50; n++) {
    const run = hub.run(`${n}`);
    await run.start(() => ['a'], { keep: 1000 });
    await settle();
    await readAll(run.read());
    await run.stop('', { key: 'other' });
  }
  await pass(70_000, 10_000);
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async (_, n) => (await hub.run(`${n}`).state()).status),
  );
  expect(new Set(statuses)).toEqual(new Set(['none']));
  expect(hub.stats().channels).toBe(0);
});
