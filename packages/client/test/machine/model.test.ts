import fc from 'fast-check';
import { broken, opening, Rig, refused } from '../kit/rig';

// Any network and any life of a page: each client has every message once and in order, or was told of a gap where it missed
// some; and nothing is left behind when it is closed.

/** What the network makes of one attempt. */
type Fate =
  | { does: 'refuse'; status: number }
  | { does: 'swallow' }
  | { does: 'break' }
  /** It serves for so long, from so many messages before the cursor on, and breaks, says goodbye, or falls silent. */
  | { does: 'serve'; ms: number; again: number; ending: 'break' | 'retry' | 'silence' };

type Step =
  | { do: 'publish' | 'evict'; count: number }
  | { do: 'wait'; ms: number }
  | { do: 'page'; input: 'offline' | 'freeze' | 'back' | 'look' };

const beat = 15_000;
const never = Number.POSITIVE_INFINITY;

/** A server that numbers its messages, behind a network with a plan. */
class World {
  readonly rig: Rig;
  head = 0;
  floor = 0;
  #served = 0;
  /** Connections that are served: where they are, and until when. */
  readonly #serving = new Map<number, { at: number; until: number; beatAt: number; ending: string }>();

  constructor(
    readonly fates: Fate[],
    chance: number,
  ) {
    this.rig = new Rig({}, {}, 'e.0');
    this.rig.chance = chance;
    this.rig.start();
  }

  /** From here on everything works; what has gone silent has. */
  heal(): void {
    this.fates.length = 0;
    for (const served of this.#serving.values()) served.until = never;
  }

  /** Moves time on in small steps, in each of which the network does what is due. */
  advance(ms: number): void {
    for (let left = ms; left > 0; left -= 500) {
      this.rig.clock.advance(Math.min(500, left));
      this.settle();
    }
  }

  settle(): void {
    for (let before = -1; before !== this.#served; ) {
      before = this.#served;
      for (; this.#served < this.rig.attempts.length; this.#served++) this.#meet(this.#served);
      for (const number of this.#serving.keys()) this.#serve(number);
    }
  }

  #meet(number: number): void {
    const attempt = this.rig.attempts[number];
    if (!attempt?.isOpen) return;
    const seen = attempt.seen ?? 'e.0';
    if (attempt.cursor !== seen) throw new Error(`it came back with ${attempt.cursor}, but had seen ${seen}`);
    const fate = this.fates.shift() ?? { does: 'serve', ms: never, again: 0, ending: 'break' };
    if (fate.does === 'refuse') attempt.over(refused(fate.status, 1000));
    else if (fate.does === 'break') attempt.over(broken());
    else if (fate.does === 'serve') {
      const now = this.rig.clock.now();
      const at = Number(attempt.cursor?.slice(2));
      attempt.hear(opening(attempt.cursor, { heartbeat: beat }));
      if (at < this.floor) {
        const cursor = `e.${this.floor}`;
        attempt.hear({ event: 'pushwire:gap', id: cursor, data: { reason: 'evicted', cursor } });
      }
      const from = Math.max(this.floor, at - fate.again);
      this.#serving.set(number, { at: from, until: now + fate.ms, beatAt: now + beat, ending: fate.ending });
    }
  }

  #serve(number: number): void {
    const attempt = this.rig.attempts[number];
    const served = this.#serving.get(number);
    const now = this.rig.clock.now();
    if (!attempt || !served) return;
    if (!attempt.isOpen) this.#serving.delete(number);
    else if (now >= served.until) {
      this.#serving.delete(number);
      if (served.ending === 'break') attempt.over(broken());
      else if (served.ending === 'retry') attempt.hear({ event: 'pushwire:retry', data: { retry: 2000 } });
    } else {
      if (now >= served.beatAt) {
        attempt.hear();
        served.beatAt = now + beat;
      }
      while (served.at < this.head && attempt.isOpen) attempt.hear({ id: `e.${++served.at}`, data: served.at });
    }
  }
}

function run(fates: Fate[], steps: readonly Step[], chance: number) {
  const world = new World([...fates], chance);
  const { rig } = world;
  for (const step of steps) {
    world.settle();
    if (step.do === 'publish') world.head += step.count;
    else if (step.do === 'evict') world.floor = Math.min(world.head, world.floor + step.count);
    else if (step.do === 'wait') world.advance(step.ms);
    else if (step.do === 'page') rig.take(step.input);
    const lines = rig.open.length;
    if (lines > 2) throw new Error(`${lines} connections at once`);
  }
  // The network heals, somebody takes the page up again, and time passes.
  world.heal();
  rig.take('back');
  world.advance(120_000);
  if (rig.state.status !== 'open') throw new Error(`it is ${rig.state.status} on a network that works`);

  let last = 0;
  let gaps = 0;
  for (const { event, data, id } of rig.frames) {
    const number = Number(id?.slice(2));
    if (event === 'pushwire:gap') gaps++;
    else if (data !== last + 1) throw new Error(`${data} came after ${last}`);
    if (number <= last && event === undefined) throw new Error(`${number} came twice`);
    last = Math.max(last, number);
  }
  if (last !== world.head) throw new Error(`it has seen up to ${last} of ${world.head}`);

  const transports = new Set(rig.attempts.map(({ transport }) => transport)).size;
  rig.take('close');
  if (rig.clock.pending > 0 || rig.open.length > 0) throw new Error('something is left behind');
  return { messages: rig.frames.length - gaps, gaps, transports, attempts: rig.attempts.length };
}

const serve = fc.record({
  does: fc.constant('serve' as const),
  ms: fc.oneof(fc.nat({ max: 3000 }), fc.nat({ max: 100_000 }), fc.constant(never)),
  again: fc.nat({ max: 3 }),
  ending: fc.constantFrom('break' as const, 'retry', 'silence'),
});
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 3, arbitrary: serve },
  { weight: 1, arbitrary: fc.constantFrom<Fate>({ does: 'swallow' }, { does: 'break' }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('refuse' as const), status: fc.constantFrom(400, 406, 429, 500, 503) }),
  },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('evict' as const), count: fc.integer({ min: 1, max: 8 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(fc.nat({ max: 2000 }), fc.nat({ max: 70_000 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('page' as const),
      input: fc.constantFrom('offline' as const, 'freeze', 'back', 'look'),
    }),
  },
);

describe('a connection, by a model', () => {
  it('hands on every message once and in order, or a gap; and leaves nothing behind', () => {
    const total = { messages: 0, gaps: 0, attempts: 0, all: 0 };
    fc.assert(
      fc.property(
        fc.array(fate, { maxLength: 20, size: 'max' }),
        fc.array(step, { maxLength: 40, size: 'max' }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (fates, steps, chance) => {
          const { messages, gaps, transports, attempts } = run(fates, steps, chance);
          total.messages += messages;
          total.gaps += gaps;
          total.attempts += attempts;
          if (transports === 3) total.all++;
        },
      ),
      { numRuns: 500 },
    );
    // The runs did reach what they are for.
    expect(total.messages).toBeGreaterThan(5000);
    expect(total.gaps).toBeGreaterThan(30);
    expect(total.attempts).toBeGreaterThan(2000);
    expect(total.all).toBeGreaterThan(50);
  });
});
