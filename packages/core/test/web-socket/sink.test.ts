import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { FakeClock } from '../../src/testing';
import { TimerWheel } from '../../src/time/timer-wheel';
import { WebSocketSink } from '../../src/web-socket/sink';

/** A WebSocket that records the calls of its methods. */
class FakeWebSocket extends EventEmitter {
  readyState = 1;
  isPaused = false;
  readonly protocol = '';
  readonly calls: string[] = [];
  ping = () => void this.calls.push('ping');
  pause = () => void (this.isPaused = true);
  resume = () => void (this.isPaused = false);
  close = (code: number, reason?: string) => {
    this.calls.push(`close ${code} ${reason}`);
    this.readyState = 2;
  };
  terminate = () => {
    this.calls.push('terminate');
    this.readyState = 3;
    this.emit('close', 1006, Buffer.alloc(0));
  };
}

/** A socket whose peer takes bytes when the test says so. */
class FakeSocket extends Duplex {
  readonly taken: (() => void)[] = [];
  readonly bytes: Buffer[] = [];
  constructor() {
    super({ writableHighWaterMark: 100 });
  }
  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytes.push(chunk);
    this.taken.push(done);
  }
}

function make() {
  const clock = new FakeClock();
  const timers = new TimerWheel(clock, 1);
  const [webSocket, socket] = [new FakeWebSocket(), new FakeSocket()];
  const sink = new WebSocketSink(webSocket, socket, timers, { ping: 25_000, pongTimeout: 10_000 });
  const heard: string[] = [];
  sink.listener = { onDrain: () => heard.push('drained'), onClose: (reason) => heard.push(`closed ${reason}`) };
  const pings = () => webSocket.calls.filter((call) => call === 'ping').length;
  return { clock, timers, webSocket, socket, sink, heard, pings };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('WebSocketSink', () => {
  it('pings for its whole life, and keeps a peer that answers', () => {
    const { clock, webSocket, pings, heard } = make();
    clock.advance(25_000);
    expect(pings()).toBe(1);
    for (let n = 2; n < 6; n++) {
      clock.advance(3000);
      webSocket.emit('pong');
      clock.advance(24_990);
      expect(pings()).toBe(n - 1);
      clock.advance(20);
      expect(pings()).toBe(n);
    }
    expect(heard).toEqual([]);
  });

  it('closes a peer that answers no ping, for the reason silent', () => {
    const { clock, webSocket, timers, heard } = make();
    clock.advance(35_001);
    expect([webSocket.calls, heard, timers.size]).toEqual([['ping', 'terminate'], ['closed silent'], 0]);
  });

  it('expects no pong while bytes are pending, and pings again when they are sent', async () => {
    const { sink, socket, clock, webSocket, heard, pings } = make();
    clock.advance(25_000);
    for (let n = 0; n < 10; n++) sink.write(Buffer.alloc(60));
    clock.advance(300_000);
    expect([webSocket.calls, heard]).toEqual([['ping'], []]);
    while (sink.pending > 0) {
      socket.taken.shift()?.();
      await turn();
    }
    for (let s = 0; s < 25 && pings() < 2; s++) clock.advance(1000);
    expect([pings(), heard]).toEqual([2, ['drained']]);
    clock.advance(10_001);
    expect(heard).toEqual(['drained', 'closed silent']);
  });

  it('expects no pong from a peer that the app has paused', () => {
    const { clock, webSocket, heard } = make();
    clock.advance(25_000);
    webSocket.isPaused = true;
    clock.advance(300_000);
    // The pings go on: a write fails if the peer is gone.
    expect(new Set(webSocket.calls)).toEqual(new Set(['ping']));
    expect(heard).toEqual([]);
    webSocket.isPaused = false;
    clock.advance(60_000);
    expect(heard).toEqual(['closed silent']);
  });

  it('counts pending bytes, and reports when they have drained', async () => {
    const { sink, socket, heard } = make();
    sink.write(Buffer.alloc(10));
    expect(sink.pending).toBe(0);
    sink.write(Buffer.alloc(200));
    expect(sink.pending).toBe(210);
    let isDrained = false;
    const drained = sink.whenDrained().then(() => {
      isDrained = true;
    });
    await turn();
    expect([heard, isDrained]).toEqual([[], false]);
    socket.taken.shift()?.();
    await turn();
    socket.taken.shift()?.();
    await drained;
    expect([heard, sink.pending]).toEqual([['drained'], 0]);
  });

  it.each([
    ['ended', 1000],
    ['refused', 1008],
    ['failed', 1011],
    ['draining', 1012],
  ] as const)('closes for the reason %s with the code %i, and writes nothing afterwards', (reason, code) => {
    const { sink, webSocket, socket, heard } = make();
    sink.end(reason);
    sink.write(Buffer.alloc(1));
    expect([webSocket.calls, socket.bytes, sink.gone]).toEqual([[`close ${code} ${reason}`], [], true]);
    webSocket.emit('close', code, Buffer.alloc(0));
    expect(heard).toEqual([`closed ${reason}`]);
  });

  it('distinguishes a client that leaves from one that breaks the protocol', () => {
    const [left, broke, reset] = [make(), make(), make()];
    left.webSocket.emit('close', 1001, Buffer.alloc(0));
    broke.webSocket.emit('error', Object.assign(new Error('too big'), { code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' }));
    broke.webSocket.emit('close', 1006, Buffer.alloc(0));
    reset.webSocket.emit('error', Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    reset.webSocket.emit('close', 1006, Buffer.alloc(0));
    expect([left.heard, broke.heard, reset.heard]).toEqual([
      ['closed undefined'],
      ['closed refused'],
      ['closed undefined'],
    ]);
  });

  it('settles whenDrained() when the peer leaves', async () => {
    const { sink, webSocket } = make();
    sink.write(Buffer.alloc(200));
    const drained = sink.whenDrained();
    webSocket.terminate();
    await drained;
  });
});
