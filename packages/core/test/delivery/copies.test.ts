import type { Backplane, BackplaneFactory } from '../../src/backplanes/backplane';
import { PushwireError } from '../../src/checks/errors';
import { createHub } from '../../src/hub/hub';
import { readBatch } from '../../src/log/batch';
import { Log } from '../../src/log/log';
import { defaultLogLimits } from '../../src/log/log-limits';
import { createMessage } from '../../src/log/message';
import { FakeClock, FakeSink } from '../../src/testing';
import { connect } from '../kit/client';

// The logs of this hub are copies, so a client may have a cursor that is ahead of them.

function setUp(limits = {}, logLimits = defaultLogLimits) {
  const clock = new FakeClock();
  const messages = ['1', '2', '3', '4', '5'].map((text) => createMessage(text));
  let log = new Log('epoch', logLimits, 0);
  const grow = (to: number) => {
    while (log.head < to) log.append(messages[log.head] as (typeof messages)[0], clock.now());
  };
  const refreshes: { resolve(): void; reject(error: unknown): void }[] = [];
  let unreachable: Error | undefined;
  const backplane: BackplaneFactory = () => {
    const follow: Backplane['follow'] = async () => {
      if (unreachable) throw unreachable;
      return {
        get log() {
          return log;
        },
        refresh: () => new Promise((resolve, reject) => refreshes.push({ resolve, reject })),
        stop() {},
      };
    };
    return { append: () => ({ epoch: log.epoch, offset: 0 }), end() {}, follow, connectionsTo: () => 7, close() {} };
  };
  const hub = createHub({ clock, backplane, limits });
  return {
    clock,
    hub,
    grow,
    refreshes,
    replace: (by: Log) => {
      log = by;
    },
    fail: (error: Error) => {
      unreachable = error;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const names = (events: { event: string }[]) => events.map(({ event }) => event);
const away = new PushwireError('backplane-unavailable', 'away');

describe('a hub whose logs are copies', () => {
  it('does not refresh its copy for a cursor that it knows', async () => {
    const { hub, grow, refreshes } = setUp();
    grow(3);
    const client = await connect(hub, ['news'], 'epoch.1');
    expect([refreshes.length, client.data()]).toEqual([0, ['2', '3']]);
  });

  it('keeps the order of each channel, even if the times of its messages are out of order', () => {
    const [one, two] = [new Log('one'), new Log('two')];
    const at = (offset: number) => ({ epoch: 'one', offset });
    for (const time of [30, 10, 20]) one.append(createMessage(`at ${time}`), time);
    two.append(createMessage('between'), 25);
    const { cursors } = readBatch([one, two], ['o', 't'], [at(0), { epoch: 'two', offset: 0 }]);
    expect(cursors).toEqual(['o.one.0~t.two.1', 'o.one.1~t.two.1', 'o.one.2~t.two.1', 'o.one.3~t.two.1']);
  });

  it.each([
    ['that is ahead of it', 'epoch.4'],
    ['of an epoch that it does not know', 'other.4'],
  ])('refreshes its copy for a cursor %s', async (_cursor, cursor) => {
    const { hub, grow, refreshes, replace } = setUp();
    grow(3);
    const coming = connect(hub, ['news'], cursor);
    await turn();
    expect(refreshes).toHaveLength(1);
    if (cursor.startsWith('other')) replace(new Log('other', undefined, 0));
    grow(5);
    refreshes[0]?.resolve();
    const client = await coming;
    expect([names(client.events()), client.data()]).toEqual([['pushwire:open', 'message'], ['5']]);
  });

  it('sends a gap if the refreshed copy does not reach the cursor either', async () => {
    const { hub, grow, refreshes } = setUp();
    grow(3);
    const coming = connect(hub, ['news'], 'epoch.4');
    await turn();
    refreshes[0]?.resolve();
    const { events } = await coming;
    expect(names(events()).slice(0, 2)).toEqual(['pushwire:open', 'pushwire:gap']);
  });

  it('is unavailable to clients while it cannot refresh its copy or follow their channel', async () => {
    const { hub, grow, refreshes, fail } = setUp();
    grow(3);
    const coming = connect(hub, ['news'], 'epoch.4');
    await turn();
    refreshes[0]?.reject(away);
    expect((await coming).connection).toBe('unavailable');
    fail(away);
    expect((await connect(hub, ['other'])).connection).toBe('unavailable');
    fail(new Error('a fault'));
    await expect(connect(hub, ['other'])).rejects.toThrow('a fault');
    expect(hub.stats().channels).toBe(0);
  });

  it('sends no message that is too old, even if its copies were not checked for a while', async () => {
    const { clock, hub, grow } = setUp({}, { ...defaultLogLimits, age: 1000 });
    const first = await connect(hub, ['news']);
    grow(2);
    clock.advance(500);
    grow(3);
    clock.advance(500);
    const late = await connect(hub, ['news'], '0');
    expect(late.data()).toEqual(['3']);
    clock.turn();
    // The live connection has not lost a message.
    expect(first.data()).toEqual(['1', '2', '3']);
  });

  it('applies its limits to clients that connect while a channel is being joined', async () => {
    const { hub } = setUp({ connections: 1 });
    const sinks = [new FakeSink(), new FakeSink()];
    const clients = await Promise.all(sinks.map((sink) => connect(hub, ['news'], undefined, {}, sink)));
    expect(clients.map(({ connection }) => connection)).toEqual([expect.objectContaining({ live: true }), 'full']);
  });

  it('counts the connections of all processes', async () => {
    const { hub } = setUp();
    await expect(hub.channel('news').reportedConnections()).resolves.toBe(7);
  });
});
