import { FakeClock } from '@pushwire/core/testing';
import { type Budget, Commands } from '../../src/connection/commands';
import { NotSentError } from '../../src/connection/redis-connection';
import { script } from '../../src/scripts/script';
import { fakeConnector } from '../kit/fake-connector';

const one = script('return 1');

function setUp(limits = {}) {
  const clock = new FakeClock();
  const connector = fakeConnector();
  const listener = { up: jest.fn(), down: jest.fn() };
  const all = { timeout: 5000, calls: 2, bytes: 100, ...limits };
  const commands = new Commands(connector, clock, { publish: all, follow: all }, listener);
  const run = (bytes = 0, budget: Budget = 'publish') => {
    const reply = commands.run(one, 'key', [], budget, bytes);
    // Tests look at the rejection later.
    reply.catch(() => {});
    return reply;
  };
  return { clock, commands, connections: connector.connections, run, listener };
}

const unavailable = expect.objectContaining({ name: 'PushwireError', code: 'backplane-unavailable' });
const unconfirmed = expect.objectContaining({ name: 'PushwireError', code: 'backplane-unconfirmed' });

describe('commands', () => {
  it('return the reply', async () => {
    const { connections, run } = setUp();
    connections[0]?.listener.up();
    const reply = run();
    connections[0]?.calls[0]?.resolve(['epoch', '1']);
    await expect(reply).resolves.toEqual(['epoch', '1']);
  });

  it('wait for the first connection and keep their order', async () => {
    const { connections, run } = setUp();
    const replies = [run(), run()];
    connections[0]?.listener.up();
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    for (const [i, call] of connections[0]?.calls.entries() ?? []) call.resolve(i);
    await expect(Promise.all(replies)).resolves.toEqual([0, 1]);
  });

  it('that wait for the first connection are limited in number and time, and are not sent later', async () => {
    const { clock, connections, run } = setUp();
    const waiting = [run(), run()];
    await expect(run()).rejects.toEqual(unavailable);
    clock.advance(5000);
    for (const reply of waiting) await expect(reply).rejects.toEqual(unavailable);
    connections[0]?.listener.up();
    expect(connections[0]?.calls).toEqual([]);
  });

  it('reject with the cause when the first connection fails', async () => {
    const { connections, run } = setUp();
    const reply = run();
    const cause = new Error('ECONNREFUSED');
    connections[0]?.listener.down(cause);
    await expect(reply).rejects.toEqual(unavailable);
    await expect(reply).rejects.toMatchObject({ cause });
  });

  it('are not sent without a connection', async () => {
    const { connections, run } = setUp();
    connections[0]?.listener.up();
    connections[0]?.listener.down(new Error('away'));
    await expect(run()).rejects.toEqual(unavailable);
    expect(connections[0]?.calls).toEqual([]);
  });

  it('without a reply in time are unconfirmed, and the connection is replaced', async () => {
    const { clock, connections, run, listener } = setUp();
    connections[0]?.listener.up();
    const first = run();
    clock.advance(4000);
    const second = run();
    clock.advance(1000);
    await expect(first).rejects.toEqual(unconfirmed);
    expect([connections[0]?.destroyed, listener.down.mock.calls.length]).toEqual([true, 1]);
    clock.advance(1000);
    connections[1]?.listener.up();
    clock.advance(3000);
    await expect(second).rejects.toEqual(unconfirmed);
    // The second command was sent on the first connection.
    expect(connections[1]?.destroyed).toBe(false);
    const third = run();
    clock.advance(5000);
    await expect(third).rejects.toEqual(unconfirmed);
    expect(connections[1]?.destroyed).toBe(true);
  });

  it('with a reply cause no timeout', async () => {
    const { clock, connections, run } = setUp();
    connections[0]?.listener.up();
    const reply = run();
    connections[0]?.calls[0]?.resolve(1);
    await reply;
    clock.advance(9999);
    expect(connections[0]?.destroyed).toBe(false);
  });

  it('that the library did not send are unavailable', async () => {
    const { connections, run } = setUp();
    connections[0]?.listener.up();
    const reply = run();
    connections[0]?.calls[0]?.reject(new NotSentError('offline'));
    await expect(reply).rejects.toEqual(unavailable);
  });

  it.each([
    ['Socket closed unexpectedly', unconfirmed, false],
    ['Connection is closed.', unconfirmed, false],
    ['OOM command not allowed when used memory > maxmemory', unavailable, false],
    ['READONLY You can not write against a read only replica.', unavailable, true],
    ['ERR Error running script: @user_script: 46: -READONLY You can not write', unavailable, true],
    ['MISCONF Redis is configured to save RDB snapshots', unavailable, false],
    ['NOREPLICAS Not enough good replicas to write.', unavailable, false],
    ['ERR Error running script: @user_script: 46: -MISCONF Redis is configured', unavailable, false],
    ['ERR Unknown Redis command called from script', unconfirmed, false],
    ['NOPERM this user has no permissions to access one of the channels', unconfirmed, false],
  ])('that fail with %j reject with the right code', async (message, failure, replaced) => {
    const { connections, run } = setUp();
    connections[0]?.listener.up();
    const reply = run();
    const cause = new Error(message);
    connections[0]?.calls[0]?.reject(cause);
    await expect(reply).rejects.toEqual(failure);
    await expect(reply).rejects.toMatchObject({ cause });
    expect(connections[0]?.destroyed).toBe(replaced);
  });

  it('without a reply are limited in number and bytes', async () => {
    const { connections, run } = setUp();
    connections[0]?.listener.up();
    const first = run(60);
    await expect(run(41)).rejects.toEqual(unavailable);
    run(40);
    await expect(run()).rejects.toEqual(unavailable);
    expect(connections[0]?.calls).toHaveLength(2);
    connections[0]?.calls[0]?.resolve(1);
    await first;
    run(60);
    expect(connections[0]?.calls).toHaveLength(3);
  });

  it('that follow channels leave room for publishes, and publishes for them', async () => {
    const { connections, run } = setUp();
    connections[0]?.listener.up();
    run(0, 'follow');
    run(0, 'follow');
    await expect(run(0, 'follow')).rejects.toEqual(unavailable);
    run(0, 'publish');
    expect(connections[0]?.calls).toHaveLength(3);
  });

  it('accept one message that is larger than the limit', () => {
    const { connections, run } = setUp();
    connections[0]?.listener.up();
    run(1000);
    expect(connections[0]?.calls).toHaveLength(1);
  });

  it('are closed after the last reply or timeout', async () => {
    const { clock, commands, connections, run } = setUp();
    connections[0]?.listener.up();
    const replies = [run(), run()];
    let isClosed = false;
    const closing = commands.close().then(() => {
      isClosed = true;
    });
    connections[0]?.calls[0]?.resolve(1);
    await replies[0];
    expect([isClosed, connections[0]?.destroyed]).toEqual([false, false]);
    clock.advance(5000);
    await closing;
    await expect(replies[1]).rejects.toEqual(unconfirmed);
    expect(connections.at(-1)?.destroyed).toBe(true);
  });

  it('are closed at once when none is running', async () => {
    const { commands, connections } = setUp();
    await commands.close();
    expect(connections[0]?.destroyed).toBe(true);
  });
});
