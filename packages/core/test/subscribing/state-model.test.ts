import fc from 'fast-check';
import { sseEncoder } from '../../src/encoders/sse';
import { StateFeed } from '../../src/http/state-feed';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { parseCursor } from '../../src/log/cursor';
import { stateSnapshots } from '../../src/subscribing/state-snapshot';
import { subscribe } from '../../src/subscribing/subscribe';
import { FakeClock, FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';

type Step =
  | { readonly set: number; readonly bytes: number }
  | { readonly delete: number }
  | { readonly setAll: number }
  | 'clear'
  | 'turn'
  | 'stall'
  | 'drain once'
  | 'drain'
  | 'reconnect';

const keys = 12;
const key = fc.integer({ min: 0, max: keys - 1 });
const bytes = fc.constantFrom(1, 5000, 30_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ set: key, bytes }) },
  { weight: 2, arbitrary: fc.record({ delete: key }) },
  { weight: 4, arbitrary: fc.record({ setAll: fc.constantFrom(1000, 20_000) }) },
  { weight: 3, arbitrary: fc.constantFrom<Step>('turn', 'stall') },
  { weight: 8, arbitrary: fc.constant<Step>('drain once') },
  { weight: 1, arbitrary: fc.constantFrom<Step>('clear', 'drain', 'reconnect') },
);

/** The stream of one client, and the map that it makes of it by PROTOCOL.md. */
class Client {
  sink = new FakeSink();
  values = new Map<string, number>();
  #incoming: Map<string, number> | undefined;
  #id = '';
  #read = 0;
  /** True if it came without a place, and so forgets what it had. */
  #forgets = false;
  readonly errors: string[] = [];
  /** The rounds of changes that have come whole. */
  rounds = 0;

  constructor(readonly connect: (cursor: string | undefined, sink: FakeSink) => void) {
    this.reconnect();
  }

  reconnect(): void {
    this.take();
    this.sink.leave();
    this.sink = new FakeSink();
    this.sink.stalled = true;
    this.#read = 0;
    this.#incoming = undefined;
    const hasPlace = this.#id !== '' && this.#id !== 'start';
    this.connect(this.#id || undefined, this.sink);
    // No snapshot says that the state is empty now.
    this.#forgets = !hasPlace;
  }

  /** Takes what has been written. */
  take(): void {
    const text = this.sink.writes.slice(this.#read).join('');
    this.#read = this.sink.writes.length;
    for (const { event, data, id } of parseEventStream(text)) {
      if (id !== undefined) this.#id = id;
      const parsed = JSON.parse(data);
      if (event === 'pushwire:open') {
        this.#incoming = id === 'start' ? new Map() : undefined;
        if (this.#forgets && this.#incoming === undefined) this.values = new Map();
      }
      if (event === 'pushwire:cursor') this.rounds++;
      if (event === 'pushwire:gap') this.#incoming = new Map();
      if (event === 'pushwire:snapshot') {
        // Keys that the snapshot lacks may be gone, but no key gets an older value.
        for (const [name, n] of this.#incoming ?? []) this.#check(name, n);
        this.values = this.#incoming ?? this.values;
        this.#incoming = undefined;
      }
      if (event !== 'message') continue;
      const into = this.#incoming ?? this.values;
      if (parsed.deleted) into.delete(parsed.key);
      else {
        if (this.#incoming === undefined) this.#check(parsed.key, parsed.data.n);
        into.set(parsed.key, parsed.data.n);
      }
    }
  }

  #check(name: string, n: number): void {
    const before = this.values.get(name) ?? 0;
    if (n < before) this.errors.push(`${name} went from ${before} back to ${n}`);
  }
}

function run(steps: readonly Step[], deletions: number) {
  const clock = new FakeClock();
  const hub = createHub({ clock, state: { deletions } });
  const state = hub.state<{ n: number; padding: string }>('prices');
  const channels = [new StateFeed(state)];
  const engine = engineFor(channels, hub);
  const snapshots = stateSnapshots((error) => {
    throw error;
  });
  const client = new Client((from, sink) => {
    subscribe(engine, channels, sseEncoder, parseCursor(from), settings, sink, { from, snapshots });
  });
  const model = new Map<string, number>();
  let n = 0;
  const set = (index: number, size: number) => {
    state.set(`k${index}`, { n: ++n, padding: 'x'.repeat(size) });
    model.set(`k${index}`, n);
  };
  for (const one of steps) {
    if (one === 'turn') clock.turn();
    else if (one === 'stall') client.sink.stalled = true;
    else if (one === 'drain') client.sink.drain();
    else if (one === 'drain once') client.sink.drainOnce();
    else if (one === 'reconnect') client.reconnect();
    else if (one === 'clear') {
      state.clear();
      model.clear();
    } else if ('set' in one) set(one.set, one.bytes);
    else if ('delete' in one) {
      state.delete(`k${one.delete}`);
      model.delete(`k${one.delete}`);
    } else {
      for (let i = 0; i < keys; i++) set(i, one.setAll);
      clock.turn();
    }
    client.take();
  }
  clock.turn();
  // The end of a stalled snapshot comes with the last drain.
  for (let i = 0; i < 3; i++) client.sink.drain();
  clock.turn();
  client.take();
  return { client, model };
}

describe('a client of a state', () => {
  it('has all values in the end, whatever happens and however slow it was, and no key goes back', () => {
    let rounds = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), fc.constantFrom(1, 3, 100), (steps, deletions) => {
        const { client, model } = run(steps, deletions);
        rounds += client.rounds;
        expect(client.errors).toEqual([]);
        expect(new Map([...client.values].sort())).toEqual(new Map([...model].sort()));
      }),
      { numRuns: 100 },
    );
    expect(rounds).toBeGreaterThan(5);
  });
});
