import { backOff } from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import { ReconnectingConnection } from '../../src/connection/reconnecting';
import { type FakeConnection, fakeConnector } from '../kit/fake-connector';

function setUp() {
  const clock = new FakeClock();
  const connector = fakeConnector();
  const listener = { up: jest.fn(), down: jest.fn(), message: jest.fn() };
  const reconnecting = new ReconnectingConnection(connector, clock, listener, 5000, () => 1);
  return { clock, reconnecting, connections: connector.connections, listener };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the back-off', () => {
  it.each([
    [0, 1, 50],
    [0, 0, 0],
    [3, 1, 400],
    [3, 0.5, 200],
    [20, 1, 5000],
    [20, 0.1, 500],
  ])('after %i failures, with the random number %d, is %i ms', (failures, random, ms) => {
    expect(backOff(failures, random)).toBe(ms);
  });
});

describe('a reconnecting connection', () => {
  it('has a connection while that is up', () => {
    const { reconnecting, connections, listener } = setUp();
    expect(reconnecting.connection).toBeUndefined();
    connections[0]?.listener.up();
    expect([reconnecting.connection, listener.up.mock.calls.length]).toEqual([connections[0], 1]);
    connections[0]?.listener.message('c', 'text');
    expect(listener.message).toHaveBeenCalledWith('c', 'text');
  });

  it('connects again after a loss, later each time until a connection was up for a second', () => {
    const { clock, reconnecting, connections, listener } = setUp();
    for (const [i, wait] of [50, 100, 200].entries()) {
      connections[i]?.listener.down(new Error('away'));
      expect([reconnecting.connection, connections[i]?.destroyed]).toEqual([undefined, true]);
      clock.advance(wait - 1);
      expect(connections).toHaveLength(i + 1);
      clock.advance(1);
      expect(connections).toHaveLength(i + 2);
    }
    connections[3]?.listener.up();
    clock.advance(999);
    connections[3]?.listener.down(new Error('demoted'));
    clock.advance(399);
    expect(connections).toHaveLength(4);
    clock.advance(1);
    expect(connections).toHaveLength(5);
    connections[4]?.listener.up();
    clock.advance(600);
    // A connection to several servers reports each server that comes up.
    connections[4]?.listener.up();
    clock.advance(400);
    connections[4]?.listener.down(new Error('away'));
    clock.advance(50);
    expect([connections.length, listener.down.mock.calls.length]).toEqual([6, 5]);
  });

  it('ignores events of a connection that was replaced', () => {
    const { clock, reconnecting, connections, listener } = setUp();
    connections[0]?.listener.up();
    reconnecting.replace(new Error('replaced'));
    connections[0]?.listener.message('c', 'late');
    connections[0]?.listener.down(new Error('again'));
    connections[0]?.listener.up();
    expect([listener.message.mock.calls, listener.down.mock.calls.length, reconnecting.connection]).toEqual([
      [],
      1,
      undefined,
    ]);
    clock.advance(50);
    expect(connections).toHaveLength(2);
  });

  it('replaces a connection that does not come up in time', () => {
    const { clock, connections, listener } = setUp();
    clock.advance(9999);
    expect(connections[0]?.destroyed).toBe(false);
    clock.advance(1);
    expect([connections[0]?.destroyed, listener.down.mock.calls.length]).toEqual([true, 1]);
    clock.advance(50);
    expect(connections).toHaveLength(2);
    connections[1]?.listener.up();
    clock.advance(9999);
    expect([connections[1]?.destroyed, connections.length]).toEqual([false, 2]);
  });

  it('replaces a connection that was dropped in silence, although nobody uses it', async () => {
    const { clock, connections, listener } = setUp();
    connections[0]?.listener.up();
    clock.advance(10_000);
    await turn();
    clock.advance(9999);
    expect(connections[0]?.destroyed).toBe(false);
    if (connections[0]) connections[0].pong = new Promise(() => {});
    clock.advance(1);
    clock.advance(5000);
    expect([connections[0]?.destroyed, listener.down.mock.calls]).toEqual([
      true,
      [[new Error('Redis did not reply to a ping within 5000 ms')]],
    ]);
  });

  it('keeps a connection to a cluster after a failed command while any master replies', async () => {
    const { clock, reconnecting, connections } = setUp();
    const [connection] = connections as [FakeConnection];
    Object.assign(connection, { cluster: {} });
    connection.listener.up();
    reconnecting.suspect(new Error('one master is away'), connection);
    await turn();
    clock.advance(5000);
    expect(connection.destroyed).toBe(false);
    connection.pong = Promise.reject(new Error('all are away'));
    reconnecting.suspect(new Error('another one is away'), connection);
    await turn();
    expect(connection.destroyed).toBe(true);
  });

  it('connects no more once it is closed', () => {
    const { clock, reconnecting, connections } = setUp();
    connections[0]?.listener.down(new Error('away'));
    reconnecting.close();
    clock.advance(60_000);
    expect(connections).toHaveLength(1);
    const other = setUp();
    other.reconnecting.close();
    expect(other.connections[0]?.destroyed).toBe(true);
  });
});
