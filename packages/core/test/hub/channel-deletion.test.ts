import { createHub } from '../../src';
import { FakeClock, FakeSink } from '../../src/testing';
import { connect, type TestClient } from '../kit/client';

const names = (client: TestClient) => client.events().map(({ event }) => event);

describe('the deletion of a channel in memory', () => {
  it('ends all connections after what was published in the same turn, and begins anew in it', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const channel = hub.channel('news');
    const client = await connect(hub, ['news']);
    const first = await channel.publish('1', { idempotencyKey: 'k' });
    channel.delete();
    const [second, again] = [
      channel.publish('2', { idempotencyKey: 'k' }),
      channel.publish('2', { idempotencyKey: 'k' }),
    ];
    channel.delete();
    const third = await channel.publish('3');
    clock.turn();
    expect(names(client)).toEqual(['pushwire:open', 'message', 'pushwire:end']);
    expect(client.data()).toEqual(['1']);
    const epochs = [first, await second, third].map((id) => id.split('.')[0]);
    expect(new Set(epochs).size).toBe(3);
    expect(await again).toBe(await second);
    expect((await connect(hub, ['news'], '0')).data()).toEqual(['3']);
  });

  it('ends connections of groups that are written to over several turns, or later', async () => {
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const hub = createHub();
    const clients: TestClient[] = [];
    for (let n = 0; n < 1200; n++) clients.push(await connect(hub, ['news']));
    const late = await connect(hub, ['news'], undefined, { batchDelay: 60_000 });
    await hub.channel('news').publish('1');
    await turn();
    await hub.channel('news').delete();
    for (let n = 0; n < 5; n++) await turn();
    for (const client of [...clients, late]) {
      expect(names(client)).toEqual(['pushwire:open', 'message', 'pushwire:end']);
    }
    await hub.close();
  });

  it('is a gap for a connection that was behind, which stays', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const channel = hub.channel('news');
    const sink = new FakeSink();
    const client = await connect(hub, ['news'], undefined, {}, sink);
    sink.stalled = true;
    for (const text of ['1', '2']) {
      await channel.publish(text.repeat(2000));
      clock.turn();
    }
    await channel.delete();
    clock.turn();
    await channel.publish('3');
    sink.drain();
    clock.turn();
    expect(names(client)).toContain('pushwire:gap');
    expect(client.data().at(-1)).toBe('3');
    expect(client.connection).toMatchObject({ reason: undefined });
  });

  it('leaves no bytes, also those of keys', async () => {
    const hub = createHub({ limits: { logBytes: 2000 } });
    const channel = hub.channel('news');
    for (let n = 0; n < 50; n++) await channel.publish('x', { idempotencyKey: `k${n}` });
    await channel.delete();
    // These have room only if everything before has gone.
    const other = hub.channel('other');
    for (let n = 1; n <= 9; n++) await other.publish('x');
    expect((await connect(hub, ['other'], '0')).data()).toHaveLength(9);
  });
});

describe('keys in a hub whose logs have too many bytes', () => {
  it('are forgotten after the messages of their log', async () => {
    const hub = createHub({ limits: { logBytes: 1000 } });
    const channel = hub.channel('news');
    const first = await channel.publish('x', { idempotencyKey: 'k' });
    expect(await channel.publish('x', { idempotencyKey: 'k' })).toBe(first);
    for (let n = 0; n < 10; n++) await hub.channel(`other ${n}`).publish('x');
    expect(await channel.publish('x', { idempotencyKey: 'k' })).not.toBe(first);
  });
});
