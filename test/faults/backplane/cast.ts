import { EpochHistory } from '../../kit/epoch-history';
import type { Ledger } from '../../kit/ledger';
import type { Random } from '../../kit/random';
import { connections } from '../connections';
import { type Habits, ReturningClient } from '../returning-client';
import type { NodeProcess } from './node-process';

export const channels = ['one', 'two', 'three'] as const;

const paths: readonly (readonly string[])[] = [['one'], ['two'], ['three'], ['one', 'two'], ['three', 'one']];

const every = Object.keys(connections);

/** A client and the time at which it connects. */
export interface Player {
  readonly client: ReturningClient;
  readonly history: EpochHistory;
  /** The share of the time that passes before it connects. */
  readonly comes: number;
}

/** Makes clients that change nodes and transports at random, and some that keep to one. */
export function makeCast(count: number, nodes: readonly NodeProcess[], ledger: Ledger, random: Random): Player[] {
  return Array.from({ length: count }, (_, i) => {
    const own = random.fork();
    const path = paths[i % paths.length] as readonly string[];
    const history = new EpochHistory(ledger, path);
    const transports = own.chance(0.3) ? [own.pick(every)] : every;
    const loyal = own.chance(0.2) ? own.pick(nodes) : undefined;
    const stay = own.pick([undefined, 1000, 5000]);
    const habits: Habits = {
      transports,
      absence: own.pick([300, 1000]),
      restless: 0.1,
      takesNo: true,
      ...(stay && { stay }),
    };
    const url = () => `http://127.0.0.1:${(loyal ?? own.pick(nodes)).clients.port}/${path}`;
    const client = new ReturningClient(`client-${i}-of-${path.join('-')}`, url, habits, history, own.fork());
    return { client, history, comes: own.chance(0.2) ? own.next() : 0 };
  });
}
