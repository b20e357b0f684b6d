/** How a part is measured when it is one of a group. */
export interface Share {
  readonly rounds: number;
  /** Defaults to those of the part. */
  readonly clients?: readonly number[];
}

/** Parts that are measured by one name, with the extent that gives them a bounded time together. */
export interface Group {
  readonly perTurn: string;
  readonly parts: Readonly<Record<string, Share>>;
}

export const groups: Readonly<Record<string, Group>> = {
  // 50 minutes on two quiet cores with two versions of Node.
  cost: {
    perTurn: '1,16',
    parts: {
      'fan-out': { rounds: 3 },
      compressed: { rounds: 5 },
      'compressed-alone': { rounds: 3 },
      sockets: { rounds: 3, clients: [1000] },
      idle: { rounds: 2 },
      accept: { rounds: 3 },
      polls: { rounds: 3 },
      'empty-polls': { rounds: 3 },
      cluster: { rounds: 3 },
      'cluster-publish': { rounds: 3 },
    },
  },
};
