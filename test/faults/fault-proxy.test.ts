import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Direction, type Fault, type FaultKind, faultKinds, seededPlans } from '../kit/fault-plan';
import { FaultProxy } from '../kit/fault-proxy';
import { Random } from '../kit/random';
import { until } from '../kit/until';

const text = 'abcdefghijklmnopqrstuvwxyz';
let server: Server;
/** The bytes that the server got on each connection, and how each connection ended. */
let got: string[];
let ends: string[];
/** What the server says first. */
let greeting: string;
let proxy: FaultProxy | undefined;

beforeEach(async () => {
  [got, ends, greeting] = [[], [], text];
  server = createServer((socket) => {
    const n = got.push('') - 1;
    socket.on('data', (bytes) => (got[n] = `${got[n]}${bytes}`)).on('error', () => ends.push('reset'));
    socket.on('end', () => ends.push('end'));
    socket.write(greeting);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  await proxy?.close();
  await new Promise((resolve) => server.close(resolve));
});

/** Exchanges texts through a proxy with faults in one direction, until all came or it is cut. */
async function exchange(direction: Direction, ...kinds: FaultKind[]): Promise<{ heard: string; end: string }> {
  const faults = kinds.map((kind, i): Fault => ({ kind, at: 5 + 5 * i, bytes: 4, ms: 5 }));
  const none: Fault[] = [];
  const plan = { up: none.values(), down: none.values(), [direction]: faults.values() };
  proxy = await FaultProxy.start((server.address() as AddressInfo).port, () => plan);
  const socket = connect(proxy.port, '127.0.0.1');
  let heard = '';
  let end = 'end';
  socket.on('error', () => (end = 'reset')).on('data', (bytes) => (heard += bytes));
  socket.write(text);
  const whole = () => heard === text && got[0] === text;
  await until('all is there, or it is cut', () => whole() || socket.destroyed);
  socket.end();
  await until('both are closed', () => socket.destroyed && ends.length > 0);
  return { heard, end };
}

describe('the fault proxy', () => {
  it.each(['up', 'down'] as const)('delays bytes that go %s and loses none', async (direction) => {
    expect(await exchange(direction, 'delay', 'trickle', 'delay')).toEqual({ heard: text, end: 'end' });
    expect({ got, ends }).toEqual({ got: [text], ends: ['end'] });
    expect(proxy?.happened[direction]).toEqual({ cut: 0, reset: 0, delay: 2, trickle: 1 });
  });

  it('cuts at the byte that the plan names', async () => {
    expect(await exchange('down', 'delay', 'cut')).toEqual({ heard: text.slice(0, 10), end: 'end' });
    expect(proxy?.happened.down).toEqual({ cut: 1, reset: 0, delay: 1, trickle: 0 });
  });

  it.each(['up', 'down'] as const)('resets both sides at a byte that goes %s', async (direction) => {
    const none: Fault[] = [];
    const faults: Fault[] = [{ kind: 'reset', at: 5, bytes: 0, ms: 0 }];
    const plan = { up: none.values(), down: none.values(), [direction]: faults.values() };
    proxy = await FaultProxy.start((server.address() as AddressInfo).port, () => plan);
    greeting = '';
    const begun = once(server, 'connection') as Promise<[Socket]>;
    const client = connect(proxy.port, '127.0.0.1');
    let [heard, end] = ['', 'end'];
    client.on('error', () => (end = 'reset')).on('data', (bytes) => (heard += bytes));
    const [peer] = await begun;
    const sender = direction === 'up' ? client : peer;
    const arrived = () => (direction === 'up' ? got[0] : heard);

    sender.write(text.slice(0, 5));
    // A reset right after data looks like an end in Node, so nothing may be unread when it comes.
    await until('the first bytes are there', () => arrived() === text.slice(0, 5));
    sender.write(text.slice(5));
    await until('both are closed', () => client.destroyed && ends.length > 0);

    expect({ end, ends }).toEqual({ end: 'reset', ends: ['reset'] });
    expect(arrived()).toBe(text.slice(0, 5));
  });

  it('holds back bytes of the server until it is released', async () => {
    const none: Fault[] = [];
    proxy = await FaultProxy.start((server.address() as AddressInfo).port, () => ({
      up: none.values(),
      down: none.values(),
    }));
    proxy.hold();
    const socket = connect(proxy.port, '127.0.0.1');
    let heard = '';
    socket.on('data', (bytes) => (heard += bytes));
    socket.write(text);
    await until('the server has it', () => got[0] === text);
    expect(heard).toBe('');
    proxy.release();
    await until('the client has it', () => heard === text);
    socket.end();
  });
});

describe('plans', () => {
  const firstOf = (seed: number) => {
    const next = seededPlans(new Random(seed));
    const plans = Array.from({ length: 40 }, next);
    return plans.flatMap(({ up, down }) => [up, down].map((faults) => [faults.next().value, faults.next().value]));
  };

  it('are the same for the same seed, and differ between seeds', () => {
    expect(firstOf(7)).toEqual(firstOf(7));
    expect(firstOf(7)).not.toEqual(firstOf(8));
  });

  it('have faults of every kind, in the order of their bytes', () => {
    const pairs = firstOf(1).filter((pair): pair is [Fault, Fault] => pair[0] !== undefined);
    expect(new Set(pairs.map(([first]) => first.kind))).toEqual(new Set(faultKinds));
    for (const [first, second] of pairs) expect(second.at).toBeGreaterThan(first.at);
  });
});
