import fc from 'fast-check';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { parseCursor } from '../../src/log/cursor';
import { Snapshot } from '../../src/subscribing/snapshot';
import { type Subscribed, subscribe } from '../../src/subscribing/subscribe';
import { FakeClock, FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';

// Random runs of a client on a route with snapshots: it stalls, drains, is cut off and comes back, while a counter
// counts up and its log evicts. Nothing may be missing without a gap, and nothing may come twice.

const acts = [
  'publish',
  'publish many',
  'stall',
  'drain',
  'drain once',
  'settle',
  'turn',
  'cut',
  // Longer ones, which random runs of the others seldom have.
  'fall behind',
  'stay away',
] as const;
type Act = (typeof acts)[number];

/** How the app gives its state. */
type Way = 'at once' | 'in parts' | 'later' | 'slowly in parts';
const ways: readonly Way[] = ['at once', 'in parts', 'later', 'slowly in parts'];

interface Run {
  readonly acts: readonly Act[];
  readonly way: Way;
  /** True for a client that forgets its id with an empty `id` line, as an EventSource does. */
  readonly forgets: boolean;
  readonly kept: number;
}

const runs: fc.Arbitrary<Run> = fc.record({
  acts: fc.array(fc.constantFrom(...acts), { maxLength: 30 }),
  way: fc.constantFrom(...ways),
  forgets: fc.boolean(),
  kept: fc.integer({ min: 1, max: 6 }),
});

const microtasks = () => new Promise((resolve) => setImmediate(resolve));
const padding = 'x'.repeat(70_000);

/** The knowledge of a client, event by event. */
class Knowledge {
  last: number | undefined;
  cursor: string | undefined;
  gaps = 0;
  snapshots = 0;
  isComplete = false;
  #hasGap = false;

  constructor(readonly forgets: boolean) {}

  take(text: string): void {
    for (const { event, data } of parseEventStream(text)) this.#take(event, data);
    for (const [, id = ''] of text.matchAll(/^id: ?(.*)$/gm)) {
      if (id !== '' || this.forgets) this.cursor = id === '' ? undefined : id;
    }
    // What a connection has begun is over when it is cut off.
    this.#hasGap = false;
  }

  #take(event: string, data: string): void {
    if (event === 'pushwire:gap') {
      this.#hasGap = true;
      this.gaps++;
    } else if (event === 'state') this.#state(Number(data));
    else if (event === 'pushwire:snapshot') this.isComplete = true;
    else if (event === 'message' && data !== padding) this.#number(Number(data));
  }

  #state(number: number): void {
    if (this.isComplete && !this.#hasGap) throw new Error(`state ${number} at ${this.last}, without a gap`);
    if (number < (this.last ?? 0)) throw new Error(`state ${number} after ${this.last}`);
    this.last = number;
    this.snapshots++;
    this.isComplete = false;
    this.#hasGap = false;
  }

  #number(number: number): void {
    if (this.last === undefined || !this.isComplete) throw new Error(`${number} before the snapshot was complete`);
    const follows = this.#hasGap ? number > this.last : number === this.last + 1;
    if (!follows) throw new Error(`${number} after ${this.last}${this.#hasGap ? ' and a gap' : ''}`);
    this.last = number;
    this.#hasGap = false;
  }
}

async function play({ acts, way, forgets, kept }: Run): Promise<Knowledge> {
  const clock = new FakeClock();
  const hub = createHub({ clock, log: { count: kept } });
  const news = hub.channel('news');
  let published = 0;
  const publish = async (count: number) => {
    for (let n = 0; n < count; n++) await news.publish(`${++published}`);
  };
  let waiting: (() => void)[] = [];
  const settle = async () => {
    for (const resolve of waiting.splice(0)) resolve();
    await microtasks();
  };
  const pause = () => new Promise<void>((resolve) => void waiting.push(resolve));
  const state = (number: number) => ({ event: 'state', data: number });
  const give: Record<Way, (number: number) => unknown> = {
    'at once': state,
    'in parts': (number) => [state(number), padding, padding],
    later: async (number) => {
      await pause();
      return state(number);
    },
    'slowly in parts': async function* (number) {
      yield state(number);
      yield padding;
      await pause();
      yield padding;
    },
  };
  const snapshots = {
    timeout: Number.POSITIVE_INFINITY,
    run: <R>(act: () => R) => act(),
    maxInRow: 3,
    ask: () => new Snapshot(give[way](published), 100_000),
    onError: (error: unknown) => {
      throw error;
    },
  };
  const knowledge = new Knowledge(forgets);
  let sink = new FakeSink();
  let subscribing: Subscribed | Promise<Subscribed> | undefined;
  const open = () => {
    sink = new FakeSink();
    const { cursor: from } = knowledge;
    const channels = [news];
    const all = { ...settings, highWaterMark: 1 };
    const beginning = { from, snapshots };
    subscribing = subscribe(engineFor(channels, hub), channels, sseEncoder, parseCursor(from), all, sink, beginning);
  };
  const cut = async (meanwhile = async () => {}) => {
    sink.leave();
    await microtasks();
    knowledge.take(sink.text);
    await meanwhile();
    open();
  };
  const publishMany = async () => {
    await publish(10);
    clock.turn();
  };
  const does: Record<Act, () => unknown> = {
    publish: () => publish(1),
    'publish many': publishMany,
    stall: () => {
      sink.stalled = true;
    },
    drain: () => sink.drain(),
    'drain once': () => sink.listener && sink.drainOnce(),
    settle,
    turn: () => clock.turn(),
    cut: () => cut(),
    'fall behind': async () => {
      sink.stalled = true;
      for (let n = 0; n < 3; n++) await publishMany();
      sink.drain();
      await microtasks();
    },
    'stay away': () => cut(publishMany),
  };
  open();
  for (const act of acts) await does[act]();
  // In the end the client gets everything.
  sink.drain();
  for (let n = 0; n < 12; n++) {
    clock.turn();
    await settle();
    sink.drain();
  }
  await subscribing;
  waiting = [];
  knowledge.take(sink.text);
  if (!knowledge.isComplete) throw new Error('a part of the snapshot is missing');
  if (knowledge.last !== published) throw new Error(`the client is at ${knowledge.last} of ${published}`);
  sink.leave();
  const { connections, channels } = hub.stats();
  if (connections > 0) throw new Error(`${connections} connections and ${channels} channels are left`);
  return knowledge;
}

describe('a client on a route with snapshots', () => {
  it('misses nothing without a gap and gets nothing twice, whatever happens', async () => {
    const total = { gaps: 0, snapshots: 0 };
    const property = async (run: Run) => {
      const { gaps, snapshots } = await play(run);
      total.gaps += gaps;
      total.snapshots += snapshots;
    };
    await fc.assert(fc.asyncProperty(runs, property), { numRuns: 300 });
    expect(Math.min(total.gaps, total.snapshots)).toBeGreaterThan(50);
  });
});
