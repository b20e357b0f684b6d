/** What befalls Redis, the way to it, and nodes. */
export const faultKinds = [
  'restart with data',
  'restart without data',
  'pause',
  'failover to a lagging replica',
  'flush',
  'node killed',
  'cut',
  'black hole',
  'answers swallowed',
  'deaf',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** How a trial is set up. */
export interface Scenario {
  readonly name: string;
  readonly kinds: readonly FaultKind[];
  /** Whether Redis is said to keep what it has acknowledged. */
  readonly durable: boolean;
  readonly clients: number;
  readonly publishers: number;
  /** How many faults befall Redis; about as many befall the nodes and their way to it. */
  readonly faults: number;
}

const usual = { clients: 50, publishers: 4, faults: 4 };

/** After these, what Redis has acknowledged may be gone. */
export const losing: readonly FaultKind[] = ['restart without data', 'failover to a lagging replica', 'flush'];

export const anything: Scenario = { name: 'a Redis that forgets', kinds: faultKinds, durable: false, ...usual };

export const nothingLost: Scenario = {
  name: 'a Redis that keeps its promise',
  kinds: faultKinds.filter((kind) => !losing.includes(kind)),
  durable: true,
  ...usual,
};

/** What a checker must object to. */
export const brokenPromise: Scenario = {
  name: 'a Redis that breaks its promise',
  kinds: ['failover to a lagging replica'],
  durable: true,
  ...usual,
};

/** Begins new lives; each channel has at most one for each of these, and its first. */
export const renewing: readonly FaultKind[] = ['restart with data', ...losing];
