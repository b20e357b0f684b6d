import { FakeClock } from '@pushwire/core/testing';
import { Commands } from '../../src/connection/commands';
import { NotSent } from '../../src/connection/redis-connection';
import { script } from '../../src/scripts/script';
import { fakeLinks } from '../kit/fake-connections';

const one = script('return 1');

function setUp(bounds = {}) {
  const clock = new FakeClock();
  const maker = fakeLinks();
  const listener = { up: jest.fn(), down: jest.fn() };
  const commands = new Commands(maker, clock, { timeout: 5000, calls: 2, bytes: 100, ...bounds }, listener);
  const run = (bytes = 0) => {
    const reply = commands.run(one, [], [], bytes);
    // Looked at later.
    reply.catch(() => {});
    return reply;
  };
  return { clock, commands, links: maker.links, run, listener };
}

const unavailable = expect.objectContaining({ name: 'PushwireError', code: 'backplane-unavailable' });
const unconfirmed = expect.objectContaining({ name: 'PushwireError', code: 'backplane-unconfirmed' });

describe('commands', () => {
  it('give the answer', async () => {
    const { links, run } = setUp();
    links[0]?.listener.up();
    const reply = run();
    links[0]?.asked[0]?.resolve(['epoch', '1']);
    await expect(reply).resolves.toEqual(['epoch', '1']);
  });

  it('wait for the first connection, in their order', async () => {
    const { links, run } = setUp();
    const replies = [run(), run()];
    links[0]?.listener.up();
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    for (const [i, asked] of links[0]?.asked.entries() ?? []) asked.resolve(i);
    await expect(Promise.all(replies)).resolves.toEqual([0, 1]);
  });

  it('that wait for it are bounded in number and in time, and are not sent afterwards', async () => {
    const { clock, links, run } = setUp();
    const waiting = [run(), run()];
    await expect(run()).rejects.toEqual(unavailable);
    clock.advance(5000);
    for (const reply of waiting) await expect(reply).rejects.toEqual(unavailable);
    links[0]?.listener.up();
    expect(links[0]?.asked).toEqual([]);
  });

  it('are refused, and told why, when the first connection fails', async () => {
    const { links, run } = setUp();
    const reply = run();
    const cause = new Error('ECONNREFUSED');
    links[0]?.listener.down(cause);
    await expect(reply).rejects.toEqual(unavailable);
    await expect(reply).rejects.toMatchObject({ cause });
  });

  it('are not sent without a connection', async () => {
    const { links, run } = setUp();
    links[0]?.listener.up();
    links[0]?.listener.down(new Error('away'));
    await expect(run()).rejects.toEqual(unavailable);
    expect(links[0]?.asked).toEqual([]);
  });

  it('that are not answered in time may have been done, and the connection is made anew', async () => {
    const { clock, links, run, listener } = setUp();
    links[0]?.listener.up();
    const first = run();
    clock.advance(4000);
    const second = run();
    clock.advance(1000);
    await expect(first).rejects.toEqual(unconfirmed);
    expect([links[0]?.destroyed, listener.down.mock.calls.length]).toEqual([true, 1]);
    clock.advance(1000);
    links[1]?.listener.up();
    clock.advance(3000);
    await expect(second).rejects.toEqual(unconfirmed);
    // It was not asked.
    expect(links[1]?.destroyed).toBe(false);
    const third = run();
    clock.advance(5000);
    await expect(third).rejects.toEqual(unconfirmed);
    expect(links[1]?.destroyed).toBe(true);
  });

  it('that are answered leave no timer that strikes', async () => {
    const { clock, links, run } = setUp();
    links[0]?.listener.up();
    const reply = run();
    links[0]?.asked[0]?.resolve(1);
    await reply;
    clock.advance(60_000);
    expect(links[0]?.destroyed).toBe(false);
  });

  it('that a library has not sent were not done', async () => {
    const { links, run } = setUp();
    links[0]?.listener.up();
    const reply = run();
    links[0]?.asked[0]?.reject(new NotSent('offline'));
    await expect(reply).rejects.toEqual(unavailable);
  });

  it.each([
    ['Socket closed unexpectedly', unconfirmed, false],
    ['Connection is closed.', unconfirmed, false],
    ['OOM command not allowed when used memory > maxmemory', unavailable, false],
    ['READONLY You can not write against a read only replica.', unavailable, true],
    ['ERR Error running script: @user_script: 46: -READONLY You can not write', unconfirmed, true],
    ['ERR Unknown Redis command called from script', unconfirmed, false],
    ['NOPERM this user has no permissions to access one of the channels', unconfirmed, false],
  ])('that fail with %j say what that means', async (message, failure, replaced) => {
    const { links, run } = setUp();
    links[0]?.listener.up();
    const reply = run();
    const cause = new Error(message);
    links[0]?.asked[0]?.reject(cause);
    await expect(reply).rejects.toEqual(failure);
    await expect(reply).rejects.toMatchObject({ cause });
    expect(links[0]?.destroyed).toBe(replaced);
  });

  it('are bounded in number and in bytes while they are unanswered', async () => {
    const { links, run } = setUp();
    links[0]?.listener.up();
    const first = run(60);
    await expect(run(41)).rejects.toEqual(unavailable);
    run(40);
    await expect(run()).rejects.toEqual(unavailable);
    expect(links[0]?.asked).toHaveLength(2);
    links[0]?.asked[0]?.resolve(1);
    await first;
    run(60);
    expect(links[0]?.asked).toHaveLength(3);
  });

  it('carry one message that is larger than the bound', () => {
    const { links, run } = setUp();
    links[0]?.listener.up();
    run(1000);
    expect(links[0]?.asked).toHaveLength(1);
  });

  it('are closed when all are answered, or given up', async () => {
    const { clock, commands, links, run } = setUp();
    links[0]?.listener.up();
    const replies = [run(), run()];
    let isClosed = false;
    const closing = commands.close().then(() => {
      isClosed = true;
    });
    links[0]?.asked[0]?.resolve(1);
    await replies[0];
    expect([isClosed, links[0]?.destroyed]).toEqual([false, false]);
    clock.advance(5000);
    await closing;
    await expect(replies[1]).rejects.toEqual(unconfirmed);
    expect(links.at(-1)?.destroyed).toBe(true);
  });

  it('are closed at once where nothing was asked', async () => {
    const { commands, links } = setUp();
    await commands.close();
    expect(links[0]?.destroyed).toBe(true);
  });
});
