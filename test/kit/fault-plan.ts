import type { Random } from './random';

export const faultKinds = ['cut', 'reset', 'delay', 'trickle'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** `up` is from the client to the server. */
export type Direction = 'up' | 'down';

/** Something that befalls one direction of a connection. */
export interface Fault {
  readonly kind: FaultKind;
  /** The byte of this direction that it comes before. */
  readonly at: number;
  /** How many bytes trickle. */
  readonly bytes: number;
  /** How many milliseconds a delay takes. */
  readonly ms: number;
}

/** How a plan's faults are drawn. */
export interface FaultOdds {
  /** The share of connections that have faults in this direction. */
  readonly share: Readonly<Record<Direction, number>>;
  /** The most bytes from one fault to the next. */
  readonly reach: Readonly<Record<Direction, number>>;
  readonly longestDelay: number;
  readonly longestTrickle: number;
}

// A request is some hundred bytes, of which most should arrive.
export const usualOdds: FaultOdds = {
  share: { up: 0.25, down: 0.85 },
  reach: { up: 1000, down: 20_000 },
  longestDelay: 30,
  longestTrickle: 400,
};

/** The faults of one connection, in the order of their bytes. */
export type Plan = Readonly<Record<Direction, Iterator<Fault, undefined>>>;

/** Plans for one connection after the other. */
export function seededPlans(random: Random, odds: FaultOdds = usualOdds): () => Plan {
  return () => {
    const own = random.fork();
    return { up: planFaults(own.fork(), 'up', odds), down: planFaults(own.fork(), 'down', odds) };
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
