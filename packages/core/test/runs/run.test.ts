import { createHub, RunError } from '../../src';
import { FakeClock } from '../../src/testing';

/** Lets everything happen that needs no time. */
async function settle(clock: FakeClock) {
  for (let n = 0; n < 30; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.turn();
  }
}

function setUp() {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const logger = { debug() {}, info() {}, error: (fields: object) => errors.push((fields as { err: unknown }).err) };
  const hub = createHub({ clock, logger });
  return { clock, hub, run: hub.run('answer'), errors };
}

async function all(items: AsyncIterable<{ data?: unknown }>) {
  const data: unknown[] = [];
  for await (const item of items) data.push(item.data);
  return data;
}

describe('a run', () => {
  it('is produced and read', async () => {
    const { clock, run } = setUp();
    const { started, done } = await run.start(async function* () {
      yield 'a';
      yield { data: { b: 1 }, event: 'x' };
    });
    const reading = all(run.read());
    await settle(clock);
    expect(started).toBe(true);
    expect(await done).toMatchObject({ status: 'completed' });
    expect(await reading).toEqual(['a', { b: 1 }]);
    expect(await run.state()).toEqual(await done);
  });

  it('is stopped', async () => {
    const { clock, run } = setUp();
    const { done } = await run.start(async function* ({ signal }) {
      yield 'a';
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield 'b';
    });
    await settle(clock);
    expect(await run.stop('enough')).toBe(true);
    await settle(clock);
    expect(await done).toMatchObject({ status: 'stopped', reason: 'enough' });
    expect(await all(run.read())).toEqual(['a']);
    expect(await run.stop()).toBe(false);
  });

  it('fails with a public code', async () => {
    const { clock, run } = setUp();
    const { done } = await run.start(async ({ run }) => {
      run.send('a');
      throw new RunError('overloaded');
    });
    await settle(clock);
    expect(await done).toMatchObject({ status: 'failed', code: 'overloaded' });
    await expect(all(run.read())).rejects.toMatchObject({
      code: 'run-failed',
      message: expect.stringContaining('overloaded'),
    });
  });
});
