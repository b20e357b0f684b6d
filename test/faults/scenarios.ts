/** How a trial is set up. */
export interface Scenario {
  readonly name: string;
  /** Messages of each channel that the server keeps. */
  readonly kept: number;
  readonly overrun: 'gap' | 'disconnect';
  /** How often something is published. */
  readonly turns: number;
  /** Characters of the shortest and the longest message. */
  readonly sizes: readonly [number, number];
  /** The most bytes from one fault to the next. */
  readonly reach: number;
  /** The most ms that clients stay away. */
  readonly absence: number;
  /** Whether half of the clients read nothing for most of the time. */
  readonly holds: boolean;
}

const smallMessages = { overrun: 'gap', turns: 120, sizes: [1, 2000], reach: 20_000, holds: false } as const;

/** What is published while they stop is more than the kernel takes for them. */
const readersWhoStop = {
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
  { name: 'readers who stop and are told of the gap', overrun: 'gap', ...readersWhoStop },
  { name: 'readers who stop and are sent away', overrun: 'disconnect', ...readersWhoStop },
];
