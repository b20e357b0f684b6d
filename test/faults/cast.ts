import { seededPlans, usualOdds } from '../kit/fault-plan';
import { FaultProxy } from '../kit/fault-proxy';
import { type Published, SeenHistory } from '../kit/history';
import type { Random } from '../kit/random';
import { connections } from './connections';
import { ReturningClient } from './returning-client';
import type { Scenario } from './scenarios';

/** A client with its own proxy, so that the faults it meets don't depend on the other clients. */
export interface Player {
  readonly client: ReturningClient;
  readonly proxy: FaultProxy;
  /** True when it connects after half of the time. */
  readonly isLate: boolean;
}

const every = Object.keys(connections);

interface Part {
  readonly name: string;
  readonly path: '/one' | '/two';
  readonly transports: readonly string[];
  readonly isLate?: boolean;
}

/** Clients of each transport, and some that change between transports. */
const parts: readonly Part[] = [
  ...every.map((transport): Part => ({ name: transport, path: '/one', transports: [transport] })),
  { name: 'hopper', path: '/one', transports: every },
  { name: 'late-hopper', path: '/one', transports: every, isLate: true },
  { name: 'sse-of-two', path: '/two', transports: ['sse'] },
  { name: 'websocket-of-two', path: '/two', transports: ['websocket'] },
  { name: 'hopper-of-two', path: '/two', transports: every },
];

/** The channels of each path. */
export const channelsOf = { '/one': ['one'], '/two': ['one', 'other'] } as const;

export function makeCast(port: number, random: Random, scenario: Scenario, published: Published): Promise<Player[]> {
  const odds = { ...usualOdds, reach: { ...usualOdds.reach, down: scenario.reach } };
  return Promise.all(
    parts.map(async ({ name, path, transports, isLate = false }) => {
      const drawn = random.fork();
      const proxy = await FaultProxy.start(port, seededPlans(drawn.fork(), odds));
      const history = new SeenHistory(published, channelsOf[path]);
      const url = `${proxy.url}${path}`;
      const { absence } = scenario;
      const client = new ReturningClient(name, () => url, { transports, absence }, history, drawn);
      return { client, proxy, isLate };
    }),
  );
}
