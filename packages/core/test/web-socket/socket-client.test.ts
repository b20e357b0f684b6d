import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { publicConnection } from '../../src/delivery/named-connection';
import { Subscriber } from '../../src/delivery/subscriber';
import type { WebSocketLike } from '../../src/http/ws-library';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { subscribe } from '../../src/subscribing/subscribe';
import { FakeClock } from '../../src/testing';
import { webSocketEncoderFor } from '../../src/web-socket/shared-encoders';
import { WebSocketSink } from '../../src/web-socket/sink';
import { SocketClient } from '../../src/web-socket/socket-client';
import { settings } from '../kit/client';

/** A WebSocket of `ws` and its socket, as far as a sink uses them. */
function setUp(maxPending = 1000) {
  const clock = new FakeClock();
  const hub = createHub({ clock, maxPending });
  const engine = engineFor([], hub);
  const written: string[] = [];
  const closed: unknown[] = [];
  const socket = Object.assign(new EventEmitter(), {
    isFull: false,
    writableLength: 0,
    write(bytes: Buffer) {
      written.push(bytes.subarray(2).toString());
      socket.writableLength += socket.isFull ? bytes.byteLength : 0;
      return !socket.isFull;
    },
  });
  const webSocket = Object.assign(new EventEmitter(), {
    readyState: 1,
    resume: () => {},
    ping: () => {},
    close(code: number, reason: string) {
      closed.push([code, reason]);
      webSocket.readyState = 3;
      webSocket.emit('close');
    },
  });
  const sink = new WebSocketSink(webSocket as unknown as WebSocketLike, socket as unknown as Duplex, engine.timers, {
    ping: 20_000,
    pongTimeout: 10_000,
  });
  const encoder = webSocketEncoderFor(false, undefined, undefined);
  const dropped = jest.fn();
  const client = new SocketClient('the request', engine, sink, encoder, dropped);
  const connect = () => {
    const subscribed = subscribe(engine, [hub.channel('news')], encoder, 'now', settings, sink);
    if (!(subscribed instanceof Subscriber)) throw new Error('It is not connected');
    client.connected(subscribed);
    return subscribed;
  };
  return { clock, hub, socket, written, closed, client, connect, dropped };
}

describe('the client of a WebSocket', () => {
  it('keeps its name and its data when it becomes a connection', async () => {
    const { client, connect, hub, written } = setUp();
    const { id, since } = client;
    client.data = { user: 'ann' };
    expect([client.channels, client.reason, client.send('early')]).toEqual([[], undefined, true]);
    const whenClosed = client.closed;
    const connection = connect();
    expect(publicConnection(connection)).toBe(client);
    expect([...hub.connections()]).toEqual([client]);
    expect([client.id, client.channels, client.data, client.since]).toEqual([id, ['news'], { user: 'ann' }, since]);
    expect(client.send('late')).toBe(true);
    expect(written).toEqual(['early', 'late']);
    await hub.channel('news').publish('for others', { except: id });
    expect(client.send('then')).toBe(true);
    expect(written.slice(2)).toEqual(['then']);
    client.close('draining');
    expect([await whenClosed, await client.closed, client.reason]).toEqual(['draining', 'draining', 'draining']);
    expect([client.send('too late'), [...hub.connections()]]).toEqual([false, []]);
  });

  it('is bounded before it is connected, too', async () => {
    const { client, socket, closed } = setUp();
    socket.isFull = true;
    expect([client.send('x'.repeat(600)), closed]).toEqual([false, []]);
    const ready = client.ready();
    expect([client.send('x'.repeat(600)), closed]).toEqual([false, [[1012, 'overrun']]]);
    await ready;
    expect(client.send('x')).toBe(false);
  });

  it.each([
    [undefined, undefined, [1000, 'ended']],
    ['forbidden', undefined, [1008, 'forbidden']],
    [1000, undefined, [1000, '']],
    [4001, 'why', [4001, 'why']],
  ] as const)('closes by close(%j, %j), connected or not', async (first, second, wanted) => {
    const close = (client: ReturnType<typeof setUp>['client']) =>
      typeof first === 'number' ? client.close(first, second) : client.close(first);
    const [early, late] = [setUp(), setUp()];
    close(early.client);
    late.connect();
    close(late.client);
    expect([early.closed, late.closed]).toEqual([[wanted], [wanted]]);
    expect([early.dropped.mock.calls.length, late.dropped.mock.calls.length]).toEqual([1, 1]);
    expect(late.client.reason).toBe(first === 'forbidden' ? 'forbidden' : 'ended');
  });

  it.each([
    [(client: ReturnType<typeof setUp>['client']) => client.close(1001), /close code: expected 1000, or/],
    [(client: ReturnType<typeof setUp>['client']) => client.close(4000, 'x'.repeat(124)), /close reason: expected a/],
    [
      (client: ReturnType<typeof setUp>['client']) => client.close('kicked' as 'ended'),
      /close reason: expected one of/,
    ],
    [(client: ReturnType<typeof setUp>['client']) => client.send(() => {}), /data: expected/],
  ])('throws a TypeError for what it cannot do: %#', (act, words) => {
    const { client, connect, closed } = setUp();
    expect(() => act(client)).toThrow(TypeError);
    connect();
    expect(() => act(client)).toThrow(words);
    expect(closed).toEqual([]);
  });
});
