import fc from 'fast-check';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import { createHub, type Hub } from '../../src/hub/hub';
import { parseCursor } from '../../src/log/cursor';
import { Snapshot } from '../../src/subscribing/snapshot';
import { type Subscribed, subscribe } from '../../src/subscribing/subscribe';
import { FakeClock, FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';

// Publishes, evicts, stalls and cuts at random, on a route with `initial`. Each client must get a
// snapshot before its first message and after each gap, and then every message after the place that
// the snapshot names, once and in order.

type Step =
  | { do: 'publish'; size: number }
  | { do: 'turn' | 'settle' }
  | { do: 'age'; ms: number }
  | { do: 'connect' | 'stall' | 'sip' | 'drain'; client: number }
  | { do: 'cut'; client: number; lost: number };

const microtasks = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The state that `initial` gives: what the client goes on after. */
interface State {
  readonly after: number;
}

/** How `initial` gives the state. */
const kinds = ['at once', 'later', 'later, with an id', 'in parts'] as const;

class World {
  readonly clock = new FakeClock();
  readonly hub: Hub;
  readonly ids: string[] = [];
  #waiting: (() => void)[] = [];

  constructor(log: { count: number; bytes: number; age: number }) {
    this.hub = createHub({ clock: this.clock, log });
  }

  get published(): number {
    return this.ids.length;
  }

  settle(): void {
    for (const settle of this.#waiting.splice(0)) settle();
  }

  initial(kind: (typeof kinds)[number]): unknown {
    const after = this.published;
    const settled = () => new Promise<void>((resolve) => this.#waiting.push(resolve));
    const state = (from: number): State => ({ after: from });
    if (kind === 'at once') return { data: state(after), event: 'state' };
    if (kind === 'later') return settled().then(() => ({ data: state(after), event: 'state' }));
    if (kind === 'later, with an id') {
      return settled().then(() => {
        const id = this.ids.at(-1);
        return { data: state(id === undefined ? after : this.published), event: 'state', ...(id && { id }) };
      });
    }
    return (async function* () {
      yield { data: 'x'.repeat(70_000), event: 'part' };
      await settled();
      yield { data: state(after), event: 'state' };
    })();
  }
}

class Client {
  sink: FakeSink | undefined;
  cursor: string | undefined;
  snapshots = 0;
  delivered = 0;
  gaps = 0;
  /** The number of the next message. `undefined` while it needs a snapshot. */
  #expected: number | undefined;
  /** It was told of a gap, after which the next message may be any later one. */
  #mayJump = false;
  /** It was told of a gap, after which it must get a snapshot. */
  #needsSnapshot = false;

  constructor(
    readonly world: World,
    readonly kind: (typeof kinds)[number],
  ) {}

  connect(): void {
    if (this.sink) return;
    const { hub } = this.world;
    const channel = hub.channel('a');
    const sink = new FakeSink();
    this.sink = sink;
    const snapshots = {
      timeout: 1e9,
      run: <R>(act: () => R) => act(),
      maxInRow: 3,
      ask: () => new Snapshot(this.world.initial(this.kind), 1_000_000),
      onError: fail,
    };
    const own = { ...settings, highWaterMark: 40 };
    const engine = engineFor([channel], hub);
    const beginning = { from: this.cursor, snapshots };
    const subscribed = subscribe(engine, [channel], sseEncoder, parseCursor(this.cursor), own, sink, beginning);
    Promise.resolve(subscribed).then((connection: Subscribed) => {
      if (typeof connection === 'string' && connection !== 'gone') fail(new Error(connection));
    }, fail);
  }

  /** Drops the connection, together with the last `lost` events on their way. */
  cut(lost: number): void {
    const events = parseEventStream(this.sink?.text ?? '');
    let state: State | undefined;
    for (const { event, data, id } of events.slice(0, Math.max(0, events.length - lost))) {
      const before = this.cursor;
      this.cursor = id === '' ? undefined : id;
      if (event === 'pushwire:gap') {
        this.gaps++;
        // A gap that moves the cursor is left to the client. After any other one, a snapshot comes.
        this.#mayJump = this.cursor !== before;
        this.#needsSnapshot = !this.#mayJump;
      } else if (event === 'state') state = JSON.parse(data);
      else if (event === 'pushwire:snapshot') {
        if (state === undefined) throw new Error('A snapshot has no state');
        this.snapshots++;
        this.#expected = state.after + 1;
        [state, this.#mayJump, this.#needsSnapshot] = [undefined, false, false];
      } else if (event === 'message') this.#take(Number(data.split(' ')[0]));
    }
    // The gap is told again to a client that comes back with its old cursor.
    this.#needsSnapshot = false;
    // An id that is no place is that of a snapshot which is not complete.
    if (this.cursor === undefined || this.cursor === 'start') this.#expected = undefined;
    this.sink?.leave();
    this.sink = undefined;
  }

  #take(number: number): void {
    const expected = this.#expected;
    if (expected === undefined || this.#needsSnapshot) throw new Error(`${number} came without a snapshot`);
    if (number < expected) throw new Error(`${number} came twice`);
    if (number > expected && !this.#mayJump) throw new Error(`${expected} to ${number - 1} are missing`);
    this.#mayJump = false;
    this.#expected = number + 1;
    this.delivered++;
  }

  expectComplete(): void {
    if (this.#expected !== this.world.published + 1 && !this.#mayJump) {
      throw new Error(`${this.kind}: ${this.#expected} is next, after ${this.world.published}`);
    }
  }
}

let failure: unknown;
const fail = (error: unknown) => {
  failure ??= error;
};

async function run(log: { count: number; bytes: number; age: number }, steps: Step[]) {
  failure = undefined;
  const world = new World(log);
  const channel = world.hub.channel('a');
  const clients = kinds.map((kind) => new Client(world, kind));
  for (const step of steps) {
    const client = 'client' in step ? (clients[step.client] as Client) : undefined;
    if (step.do === 'publish') {
      const text = `${world.published + 1} ${'x'.repeat(step.size)}`;
      world.ids.push(await channel.publish(text));
    } else if (step.do === 'turn') world.clock.turn();
    else if (step.do === 'settle') world.settle();
    else if (step.do === 'age') world.clock.advance(step.ms);
    else if (step.do === 'connect') client?.connect();
    else if (client?.sink) {
      if (step.do === 'stall') client.sink.stalled = true;
      else if (step.do === 'sip' && client.sink.stalled) client.sink.drainOnce();
      else if (step.do === 'drain') client.sink.drain();
      else if (step.do === 'cut') client.cut(step.lost);
    }
    await microtasks();
    for (const each of clients) if (each.sink?.gone) each.cut(0);
    if (failure) throw failure;
  }
  for (const client of clients) {
    client.connect();
    client.sink?.drain();
  }
  // Each snapshot may be followed by a gap, and by another one.
  for (let round = 0; round < 10; round++) {
    world.settle();
    await microtasks();
    world.clock.turn();
    for (const client of clients) client.sink?.drain();
    await microtasks();
  }
  for (const client of clients) {
    client.cut(0);
    client.expectComplete();
  }
  await microtasks();
  const { connections, channels } = world.hub.stats();
  if (connections + channels > 0) throw new Error('A connection or a channel is left');
  if (failure) throw failure;
  const sum = (count: (client: Client) => number) => clients.reduce((total, client) => total + count(client), 0);
  return {
    delivered: sum(({ delivered }) => delivered),
    snapshots: sum(({ snapshots }) => snapshots),
    gaps: sum(({ gaps }) => gaps),
  };
}

const client = fc.nat({ max: kinds.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('publish' as const), size: fc.nat({ max: 30 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('age' as const), ms: fc.nat({ max: 3_000 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom('connect' as const, 'stall', 'sip', 'drain'), client }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), client, lost: fc.nat({ max: 5 }) }) },
);
const steps = fc.array(step, { maxLength: 100, size: 'max' });
const amount = (max: number) => fc.oneof(fc.nat({ max }), fc.constant(Number.POSITIVE_INFINITY));
const log = fc.record({ count: amount(10), bytes: amount(300), age: amount(5_000) });

it('snapshots and messages of random runs fit together for each client', async () => {
  const total = { delivered: 0, snapshots: 0, gaps: 0 };
  await fc.assert(
    fc.asyncProperty(log, steps, async (limits, sequence) => {
      const seen = await run(limits, sequence);
      for (const key of ['delivered', 'snapshots', 'gaps'] as const) total[key] += seen[key];
    }),
    { numRuns: 300 },
  );
  // The runs delivered many messages, and met many snapshots and gaps.
  expect(total.delivered).toBeGreaterThan(1000);
  expect(total.snapshots).toBeGreaterThan(1000);
  expect(total.gaps).toBeGreaterThan(100);
});
