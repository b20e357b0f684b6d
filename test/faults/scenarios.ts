/** The settings of a trial. */
export interface Scenario {
  readonly name: string;
  /** The number of messages the server keeps per channel. */
  readonly kept: number;
  readonly overrun: 'gap' | 'disconnect';
  /** The number of turns. Each publishes up to three messages. */
  readonly turns: number;
  /** Characters of the shortest and the longest message. */
  readonly sizes: readonly [number, number];
  /** The longest distance between two faults, in bytes. */
  readonly reach: number;
  /** The longest time that clients stay away, in ms. */
  readonly absence: number;
  /** True when half of the clients read nothing for most of the time. */
  readonly holds: boolean;
}

const smallMessages = { overrun: 'gap', turns: 120, sizes: [1, 2000], reach: 20_000, holds: false } as const;

/** These messages exceed the kernel's buffers of a client that stopped reading. */
const clientsThatStop = {
  kept: 4,
  turns: 100,
  sizes: [50_000, 150_000],
  reach: 4_000_000,
  absence: 20,
  holds: true,
} as const;

export const scenarios: readonly Scenario[] = [
  { name: 'a log that keeps everything', kept: Number.POSITIVE_INFINITY, absence: 20, ...smallMessages },
  { name: 'a small log', kept: 6, absence: 60, ...smallMessages },
  { name: 'clients that stop reading and are told of the gap', overrun: 'gap', ...clientsThatStop },
  { name: 'clients that stop reading and are closed', overrun: 'disconnect', ...clientsThatStop },
];
