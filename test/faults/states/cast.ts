import type { Random } from '../../kit/random';
import { connections } from '../connections';
import type { Watcher } from './agreement';
import type { Chronicle } from './chronicle';
import { Copy } from './copy';
import { Follower, type Habits } from './follower';
import type { Members } from './members';
import type { StateNode } from './node-process';
import { rooms, states } from './words';

/** All clients of a trial. */
export interface Cast {
  /** Tabs are among them. */
  readonly followers: readonly Follower[];
  readonly copies: readonly Copy[];
  /** Those who are still there. */
  watchers(): readonly Watcher[];
  stop(): void;
}

const every = Object.keys(connections);
const streams = ['sse', 'ndjson', 'comet'];

/** The followers of each state and presence. */
const habitsOf = (random: Random): readonly Habits[] => [
  { transports: every, stay: 1500, absence: 500, forgets: 0, isSlow: false },
  { transports: every, stay: 4000, absence: 2000, forgets: 0.3, isSlow: false },
  { transports: [random.pick(every)], absence: 300, forgets: 0, isSlow: false },
  { transports: streams, absence: 300, forgets: 0.1, isSlow: true },
];

export async function castOf(
  nodes: readonly StateNode[],
  chronicles: ReadonlyMap<string, Chronicle>,
  members: Members,
  random: Random,
): Promise<Cast> {
  const paths = [
    ...Object.keys(states).map((name) => `/state/${name}`),
    ...Object.keys(rooms).map((name) => `/room/${name}`),
  ];
  const followers: Follower[] = [];
  const copies: Copy[] = [];
  for (const path of paths) {
    const chronicle = chronicles.get(path.split('/')[2] as string) as Chronicle;
    for (const [i, habits] of habitsOf(random).entries())
      followers.push(new Follower(`follower ${i + 1} of ${path}`, () => path, habits, nodes, chronicle, random.fork()));
    copies.push(await Copy.start(`copy of ${path}`, path, nodes, chronicle, random.fork()));
  }
  members.open(8);
  const isThere = (one: Follower) => !one.isStopped;
  return {
    followers: [...followers, ...members.tabs],
    copies,
    watchers: () => [...followers, ...members.tabs.filter(isThere), ...copies],
    stop() {
      members.stop();
      for (const one of [...followers, ...members.tabs]) one.stop();
      for (const copy of copies) copy.stop();
    },
  };
}
