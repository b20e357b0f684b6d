/** Faults of Redis, of the connections to it, of a broker, and of nodes. */
export const faultKinds = [
  'restart with data',
  'restart without data',
  'pause',
  'failover to a lagging replica',
  'flush',
  'split brain',
  'slot moved',
  'master killed',
  'broker killed',
  'broker paused',
  'node killed',
  'node paused',
  'node restarted',
  'cut',
  'black hole',
  'answers swallowed',
  'deaf',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** The settings of a trial. */
export interface Scenario {
  readonly name: string;
  readonly kinds: readonly FaultKind[];
  /** True when the backplane is told that Redis keeps everything it acknowledges. */
  readonly durable: boolean;
  /** True when Redis may not write without a replica (`min-replicas-to-write`). */
  readonly needsReplica: boolean;
  /** True for a cluster of three masters, or else there is one server and its replica. */
  readonly isCluster: boolean;
  /** True for nodes that are joined by a broker, without Redis. */
  readonly isBroker?: true;
  readonly clients: number;
  readonly publishers: number;
  /** The number of faults of Redis. The nodes and their connections to it have as many. */
  readonly faults: number;
}

const usual = { isCluster: false, needsReplica: true, clients: 50, publishers: 4, faults: 4 };

/** Faults that may lose acknowledged messages. */
export const losing: readonly FaultKind[] = [
  'restart without data',
  'failover to a lagging replica',
  'flush',
  'split brain',
];

const ofClusters: readonly FaultKind[] = ['slot moved', 'master killed'];

/** Faults of nodes that end or stand still, whatever joins them. */
const ofNodes: readonly FaultKind[] = ['node killed', 'node paused', 'node restarted'];

/** Faults of the connections of nodes to a broker. */
const ofConnections: readonly FaultKind[] = ['cut', 'black hole', 'answers swallowed'];

const ofBrokers: readonly FaultKind[] = ['broker killed', 'broker paused'];

/** Faults that Redis and its nodes do not have. */
const elsewhere: readonly FaultKind[] = [...ofClusters, ...ofBrokers, 'node paused', 'node restarted'];

export const anything: Scenario = {
  name: 'a Redis that may lose messages',
  kinds: faultKinds.filter((kind) => !elsewhere.includes(kind)),
  durable: false,
  ...usual,
};

export const nothingLost: Scenario = {
  name: 'a durable Redis',
  kinds: faultKinds.filter((kind) => ![...losing, ...elsewhere].includes(kind)),
  durable: true,
  ...usual,
};

/** The checker must object to this one. */
export const brokenPromise: Scenario = {
  name: 'a Redis that claims to be durable and is not',
  kinds: ['failover to a lagging replica'],
  durable: true,
  ...usual,
};

/** A cluster of three masters. */
export const cluster: Scenario = {
  name: 'a cluster',
  kinds: [...ofClusters, 'node killed'],
  durable: false,
  ...usual,
  isCluster: true,
};

/** Workers that are joined by a broker, which lives on. */
export const workers: Scenario = {
  name: 'workers with a broker',
  kinds: [...ofNodes, ...ofConnections, 'broker paused'],
  durable: true,
  ...usual,
  isBroker: true,
};

/** A broker that loses everything with its process. */
export const mortalBroker: Scenario = {
  name: 'a broker that is killed',
  kinds: [...ofNodes, ...ofConnections, ...ofBrokers],
  durable: false,
  ...usual,
  isBroker: true,
};

/** Two masters, of which the old one may not write. */
export const oneMayWrite: Scenario = {
  name: 'a Redis of which one of two masters may write',
  kinds: ['split brain'],
  durable: false,
  ...usual,
};

/** The checker must object to this one, too: two masters take publishes at the same time. */
export const twoMasters: Scenario = {
  name: 'a Redis of which two masters may write',
  kinds: ['split brain'],
  durable: false,
  ...usual,
  needsReplica: false,
};

/** Faults that begin a new life, at most one per channel and fault. */
export const renewing: readonly FaultKind[] = ['restart with data', 'master killed', 'broker killed', ...losing];
