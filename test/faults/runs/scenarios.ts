import type { FaultKind } from '../redis/harm';

/** What fails in a trial, and where. */
export interface Scenario {
  readonly name: string;
  readonly isCluster: boolean;
  /** True for nodes that are joined by a broker, without Redis. */
  readonly isBroker?: true;
  readonly kinds: readonly FaultKind[];
  /** True when the backplane is told that Redis keeps everything that it acknowledges. */
  readonly durable?: boolean;
  /** How many faults Redis or the broker has, and how many the nodes. */
  readonly faults: number;
}

const ofNodes = [
  'node killed',
  'node shut down',
  'node paused',
  'cut',
  'black hole',
  'answers swallowed',
  'deaf',
] as const;

/** Faults that a broker outlives. No worker is deaf, since each has one connection for everything. */
const ofWorkers = [
  'broker paused',
  'node killed',
  'node shut down',
  'node paused',
  'cut',
  'black hole',
  'answers swallowed',
] as const;

export const scenarios: readonly Scenario[] = [
  {
    name: 'one server',
    isCluster: false,
    kinds: ['restart with data', 'restart without data', 'pause', 'writes refused', 'flush', 'eviction', ...ofNodes],
    faults: 4,
  },
  {
    name: 'dying producers',
    isCluster: false,
    kinds: ['node killed', 'node shut down', 'node paused', 'cut', 'deaf'],
    faults: 5,
  },
  {
    name: 'a cluster',
    isCluster: true,
    kinds: ['slot moved', 'master killed', 'node killed', 'node shut down', 'node paused'],
    faults: 3,
  },
  { name: 'slots that move', isCluster: true, kinds: ['slot moved'], faults: 4 },
  {
    name: 'a replica takes over',
    isCluster: false,
    kinds: ['failover to a lagging replica', 'split brain', 'two masters', 'node killed', 'cut', 'deaf'],
    faults: 3,
  },
  {
    name: 'connections that break',
    isCluster: false,
    kinds: ['cut', 'black hole', 'answers swallowed', 'answers swallowed', 'deaf'],
    faults: 8,
  },
  {
    name: 'a durable server',
    isCluster: false,
    durable: true,
    kinds: ['restart with data', 'pause', 'writes refused', ...ofNodes],
    faults: 4,
  },
  { name: 'workers with a broker', isCluster: false, isBroker: true, kinds: ofWorkers, faults: 4 },
  {
    name: 'a broker that is killed',
    isCluster: false,
    isBroker: true,
    kinds: ['broker killed', ...ofWorkers],
    faults: 3,
  },
];

/** The scenario of a seed. */
export function scenarioOf(seed: number): Scenario {
  const [server, dying, cluster, moving, replica, broken, durable, workers, mortal] = scenarios;
  const ofRedis = [server, dying, replica, cluster, durable, moving, server, dying, replica, cluster, broken, moving];
  const turns = [...ofRedis, workers, mortal, workers, mortal];
  return turns[seed % turns.length] as Scenario;
}
