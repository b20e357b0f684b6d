import { Admission } from '../../src/delivery/admission';
import { checkFeed } from '../../src/http/source';
import { createHub } from '../../src/hub/hub';
import { defaultLimits } from '../../src/hub/limits';
import { connect } from '../kit/client';

describe('Admission', () => {
  it('admits connections up to the limit, and one more for each that leaves', () => {
    const admission = new Admission({ ...defaultLimits, connections: 2 });
    for (let n = 0; n < 2; n++) {
      expect(admission.admits(undefined)).toBe(true);
      admission.enter(undefined);
    }
    expect(admission.admits(undefined)).toBe(false);
    admission.leave(undefined);
    expect(admission.admits('anybody')).toBe(true);
  });

  it('counts the connections of each client if they are limited, and forgets clients that left', () => {
    const admission = new Admission({ ...defaultLimits, perClient: 2 });
    expect(admission.countsClients).toBe(true);
    for (const client of ['a', 'a', 'b']) admission.enter(client);
    expect(['a', 'b', 'c'].map((client) => admission.admits(client))).toEqual([false, true, true]);
    for (const client of ['a', 'a', 'b']) admission.leave(client);
    expect(['a', 'b', 'c'].map((client) => admission.admits(client))).toEqual([true, true, true]);
    expect(new Admission(defaultLimits).countsClients).toBe(false);
  });
});

describe('a message over limits.messageBytes', () => {
  it('is refused without effect on other messages', async () => {
    const hub = createHub({ limits: { messageBytes: 10 } });
    const { data } = await connect(hub, ['news']);
    await hub.channel('news').publish('x'.repeat(10));
    await expect(hub.channel('news').publish('é'.repeat(6))).rejects.toMatchObject({
      code: 'message-too-large',
      message: 'A message may have at most 10 bytes (limits.messageBytes), but this one has 12.',
    });
    // The event name counts too.
    await expect(hub.channel('news').publish('x'.repeat(7), { event: 'tick' })).rejects.toMatchObject({
      code: 'message-too-large',
    });
    await hub.channel('news').publish(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(data()).toEqual(['x'.repeat(10), '1']);
  });

  it('is refused even if it consists of line breaks only', async () => {
    await expect(createHub().channel('news').publish('\n'.repeat(80_000_000))).rejects.toMatchObject({
      code: 'message-too-large',
    });
  });
});

it('limits.channels bounds the channels of one connection', () => {
  const hub = createHub({ limits: { channels: 2 } });
  const channels = ['a', 'b', 'c'].map((name) => hub.channel(name));
  expect(checkFeed(channels.slice(1))).toEqual({ channels: channels.slice(1) });
  expect(() => checkFeed(channels)).toThrow('One connection can follow at most 2 channels, not 3.');
});

it.each([
  [{ limits: { channels: 101 } }, 'limits option channels: expected an integer from 1 to 100, got the number 101'],
  [
    { limits: { connections: 0 } },
    'limits option connections: expected an integer from 1 up, or Infinity, got the number 0',
  ],
  [
    { limits: { perKey: 1 } },
    'limits options: unknown option "perKey"; known options: connections, perClient, channels, followedChannels, messageBytes, logs, logBytes, runs',
  ],
  [{ limits: 5 }, 'limits options: expected an object, got the number 5'],
  [{ clientKey: 'ip' }, 'createHub option clientKey: expected a function, got the string "ip"'],
])('createHub refuses %j with a TypeError', (options, message) => {
  expect(() => createHub(options as never)).toThrow(new TypeError(message));
});
