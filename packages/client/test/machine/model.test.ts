import fc from 'fast-check';
import { broken, opening, Rig, refused } from '../kit/rig';

// Any network, and any changes of the page: the client gets every message once and in order, or a
// gap in place of those that it missed, also where something on the way drops what it asks. It never
// asks faster than its retry allows. A closed client leaves nothing behind.

/** The fate of one attempt on the network. */
type Fate =
  | { does: 'refuse'; status: number }
  | { does: 'swallow' }
  | { does: 'break' }
  /** The query was dropped: the server answers in another format. */
  | { does: 'dropQuery' }
  /**
   * Serves for `ms`, starting `again` messages before the cursor, or from now if the cursor does not
   * arrive. Then it breaks, postpones the client, or falls silent.
   */
  | { does: 'serve'; ms: number; again: number; dropsCursor: boolean; ending: 'break' | 'retry' | 'silence' };

type Step =
  | { do: 'publish' | 'evict'; count: number }
  | { do: 'wait'; ms: number }
  | { do: 'page'; input: 'offline' | 'freeze' | 'resume' | 'visibility' };

const beat = 15_000;
const never = Number.POSITIVE_INFINITY;

/** A server that numbers its messages, behind a network that follows a plan. */
class World {
  readonly rig: Rig;
  head = 0;
  floor = 0;
  #served = 0;
  /** The place to which a dropped cursor has made a client skip: nothing before it comes again. */
  #skipped = 0;
  /** The attempts that are served: their positions, and the times at which they end. */
  readonly #serving = new Map<number, { at: number; until: number; beatAt: number; ending: string }>();

  constructor(
    readonly fates: Fate[],
    random: number,
  ) {
    this.rig = new Rig({}, {}, 'e.0');
    this.rig.random = random;
    this.rig.start();
  }

  /** From now on everything works. Attempts that fell silent stay silent. */
  heal(): void {
    this.fates.length = 0;
    for (const served of this.#serving.values()) served.until = never;
  }

  /** Advances the time in small steps, so that the network acts in time. */
  advance(ms: number): void {
    for (let rest = ms; rest > 0; rest -= 500) {
      this.rig.clock.advance(Math.min(500, rest));
      this.settle();
    }
  }

  settle(): void {
    for (let before = -1; before !== this.#served; ) {
      before = this.#served;
      for (; this.#served < this.rig.attempts.length; this.#served++) this.#begin(this.#served);
      for (const number of this.#serving.keys()) this.#serve(number);
    }
  }

  #begin(number: number): void {
    const attempt = this.rig.attempts[number];
    if (!attempt?.isOpen) return;
    const seen = attempt.seen ?? 'e.0';
    if (attempt.cursor !== seen) throw new Error(`it reconnected with ${attempt.cursor}, but had seen ${seen}`);
    const served = { does: 'serve', ms: never, again: 0, dropsCursor: false, ending: 'break' } as const;
    const fate = this.fates.shift() ?? served;
    if (fate.does === 'refuse') attempt.onClose(refused(fate.status, 1000));
    else if (fate.does === 'break') attempt.onClose(broken());
    else if (fate.does === 'dropQuery') attempt.onFrame({ id: `e.${this.head}`, data: undefined });
    else if (fate.does === 'serve') {
      const now = this.rig.clock.now();
      const at = fate.dropsCursor ? this.head : Number(attempt.cursor?.slice(2));
      const from = fate.dropsCursor ? undefined : attempt.cursor;
      attempt.onFrame(opening(`e.${at}`, { heartbeat: beat, from }));
      if (at < this.floor) {
        const cursor = `e.${this.floor}`;
        attempt.onFrame({ event: 'pushwire:gap', id: cursor, data: { reason: 'evicted', cursor } });
      }
      // The frames of a trial have no effect.
      if (fate.dropsCursor && this.rig.state.cursor === `e.${at}`) this.#skipped = at;
      const start = Math.max(this.floor, this.#skipped, at - fate.again);
      this.#serving.set(number, { at: start, until: now + fate.ms, beatAt: now + beat, ending: fate.ending });
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
      if (served.ending === 'break') attempt.onClose(broken());
      else if (served.ending === 'retry') attempt.onFrame({ event: 'pushwire:retry', data: { retry: 2000 } });
    } else {
      if (now >= served.beatAt) {
        attempt.onFrame();
        served.beatAt = now + beat;
      }
      while (served.at < this.head && attempt.isOpen) attempt.onFrame({ id: `e.${++served.at}`, data: served.at });
    }
  }
}

function run(fates: Fate[], steps: readonly Step[], random: number) {
  const world = new World([...fates], random);
  const { rig } = world;
  const begin = rig.clock.now();
  let pages = 0;
  for (const step of steps) {
    world.settle();
    if (step.do === 'publish') world.head += step.count;
    else if (step.do === 'evict') world.floor = Math.min(world.head, world.floor + step.count);
    else if (step.do === 'wait') world.advance(step.ms);
    else if (step.do === 'page') {
      rig.dispatch(step.input);
      pages++;
    }
    const { length } = rig.open;
    if (length > 2) throw new Error(`${length} connections at once`);
  }
  // Each transport may be tried once between two waits. Trials of better ones come on top.
  const elapsed = rig.clock.now() - begin;
  const most = 3 * (elapsed / (random * 1000) + pages + 2) + elapsed / 3750;
  if (rig.attempts.length > most) throw new Error(`${rig.attempts.length} attempts in ${elapsed} ms`);
  // The network heals, the page resumes, and time passes.
  world.heal();
  rig.dispatch('resume');
  world.advance(120_000);
  if (rig.state.status !== 'open') throw new Error(`it is ${rig.state.status} on a network that works`);

  let last = 0;
  let gaps = 0;
  for (const { data, id } of rig.frames) {
    const gap = (data as { cursor?: string } | undefined)?.cursor;
    const number = Number((gap ?? id)?.slice(2));
    if (gap !== undefined) gaps++;
    else if (data !== last + 1) throw new Error(`${data} came after ${last}`);
    if (number <= last && gap === undefined) throw new Error(`${number} came twice`);
    last = Math.max(last, number);
  }
  if (last !== world.head) throw new Error(`it has seen up to ${last} of ${world.head}`);

  const transports = new Set(rig.attempts.map(({ transport }) => transport)).size;
  rig.dispatch('close');
  if (rig.clock.pending > 0 || rig.open.length > 0) throw new Error('something is left behind');
  return { messages: rig.frames.length - gaps, gaps, transports, attempts: rig.attempts.length };
}

const serve = fc.record({
  does: fc.constant('serve' as const),
  ms: fc.oneof(fc.nat({ max: 3000 }), fc.nat({ max: 100_000 }), fc.constant(never)),
  again: fc.nat({ max: 3 }),
  dropsCursor: fc.boolean(),
  ending: fc.constantFrom('break' as const, 'retry', 'silence'),
});
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 3, arbitrary: serve },
  { weight: 1, arbitrary: fc.constantFrom<Fate>({ does: 'swallow' }, { does: 'break' }, { does: 'dropQuery' }) },
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
      input: fc.constantFrom('offline' as const, 'freeze', 'resume', 'visibility'),
    }),
  },
);

describe('a connection on any network', () => {
  it('delivers every message once and in order, or a gap, and leaves nothing behind', () => {
    const total = { messages: 0, gaps: 0, attempts: 0, all: 0 };
    fc.assert(
      fc.property(
        fc.array(fate, { maxLength: 20, size: 'max' }),
        fc.array(step, { maxLength: 40, size: 'max' }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (fates, steps, random) => {
          const { messages, gaps, transports, attempts } = run(fates, steps, random);
          total.messages += messages;
          total.gaps += gaps;
          total.attempts += attempts;
          if (transports === 3) total.all++;
        },
      ),
      { numRuns: 500 },
    );
    // Proves that the runs reached the cases that they are for.
    expect(total.messages).toBeGreaterThan(5000);
    expect(total.gaps).toBeGreaterThan(30);
    expect(total.attempts).toBeGreaterThan(2000);
    expect(total.all).toBeGreaterThan(50);
  });
});
