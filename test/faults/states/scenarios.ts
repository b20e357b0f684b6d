import type { FaultKind } from '../redis/harm';

/** What fails in a trial, and where. */
export interface Scenario {
  readonly name: string;
  readonly isCluster: boolean;
  readonly kinds: readonly FaultKind[];
  /** True when the backplane is told that Redis keeps everything that it acknowledges. */
  readonly durable?: boolean;
  /** How many faults Redis has, and how many the nodes. */
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

export const scenarios: readonly Scenario[] = [
  {
    name: 'one server',
    isCluster: false,
    kinds: ['restart with data', 'restart without data', 'pause', 'writes refused', 'flush', 'eviction', ...ofNodes],
    faults: 4,
  },
  { name: 'dying nodes', isCluster: false, kinds: ['node killed', 'node shut down', 'node paused'], faults: 5 },
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
    kinds: ['failover to a lagging replica', 'split brain', 'node killed', 'cut', 'deaf'],
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
];

/** The scenario of a seed. */
export function scenarioOf(seed: number): Scenario {
  const [server, dying, cluster, moving, replica, broken, durable] = scenarios as [Scenario, ...Scenario[]];
  const turns = [server, dying, replica, cluster, durable, moving, server, dying, replica, cluster, broken, server];
  return turns[seed % turns.length] as Scenario;
}
