import type { Random } from './random';

export const faultKinds = ['cut', 'reset', 'delay', 'trickle'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** `up` is from the client to the server, `down` the other way. */
export type Direction = 'up' | 'down';

/** A fault in one direction of a connection. */
export interface Fault {
  readonly kind: FaultKind;
  /** The byte of this direction before which it happens. */
  readonly at: number;
  /** The number of bytes that trickle. */
  readonly bytes: number;
  /** Milliseconds of a delay. */
  readonly ms: number;
}

/** The odds by which a plan's faults are drawn. */
export interface FaultOdds {
  /** The share of connections with faults in this direction. */
  readonly share: Readonly<Record<Direction, number>>;
  /** The most bytes from one fault to the next. */
  readonly reach: Readonly<Record<Direction, number>>;
  readonly longestDelay: number;
  readonly longestTrickle: number;
}

// A request has some hundred bytes, and most requests should arrive.
export const usualOdds: FaultOdds = {
  share: { up: 0.25, down: 0.85 },
  reach: { up: 1000, down: 20_000 },
  longestDelay: 30,
  longestTrickle: 400,
};

/** The faults of one connection, in the order of their bytes. */
export type Plan = Readonly<Record<Direction, Iterator<Fault, undefined>>>;

/** Makes plans for successive connections. */
export function seededPlans(random: Random, odds: FaultOdds = usualOdds): () => Plan {
  return () => {
    const forked = random.fork();
    return { up: planFaults(forked.fork(), 'up', odds), down: planFaults(forked.fork(), 'down', odds) };
  };
}

function* planFaults(random: Random, direction: Direction, odds: FaultOdds): Generator<Fault, undefined> {
  if (!random.chance(odds.share[direction])) return undefined;
  for (let at = 0; ; ) {
    at += random.ofAnyMagnitude(odds.reach[direction]);
    yield {
      kind: random.pick(faultKinds),
      at,
      bytes: random.ofAnyMagnitude(odds.longestTrickle),
      ms: random.between(1, odds.longestDelay),
    };
  }
}
