/** A part of the bench: servers that do the same and are compared. */
export interface Contest<E extends Entrant = Entrant> {
  /** Its name for `--only` and for its result files. */
  readonly name: string;
  /** The heading of its results. */
  readonly heading: string;
  readonly entrants: Readonly<Record<string, E>>;
  /** The measured figures. Rows of tables are sorted by the first. */
  readonly figures: readonly Figure[];
  readonly comparisons: readonly Comparison[];
  readonly targets: readonly Target[];
  /** Packages whose versions matter, besides those of this project. */
  readonly packages: readonly string[];
  /** Versions of other programs that matter. */
  programs?(): Readonly<Record<string, string>>;
  /** The numbers of clients, each measured separately, unless the command line says otherwise. */
  readonly clients: readonly number[];
  /** The number of rounds, unless the command line says otherwise. */
  readonly rounds: number;
  /** @throws {Error} unless each client got everything. */
  measure(subject: Subject<E>): Promise<Measurement[]>;
}

export interface Entrant {
  /** Its title in tables. */
  readonly title: string;
  /** The reason why it cannot be measured here, with a remedy; `undefined` when it can. */
  missing?(): string | undefined;
  /** False if its server is no Node, so that one measurement stands for all versions. */
  readonly isNode?: boolean;
}

/** A measured number. Less is better if it is charted. */
export interface Figure {
  readonly key: string;
  /** The title of its column. */
  readonly title: string;
  /** The unit. Bytes are shown as KiB. */
  readonly unit: 'µs' | 'ms' | 'bytes' | 'count';
  /** True if the chart shows it. */
  readonly charted: boolean;
}

/** The name of an entrant, or those of several whose sum counts. */
export type Base = string | readonly string[];

/** A column of ratios. Each is taken within a round, in which both had the same noise. */
export interface Comparison {
  readonly figure: string;
  /** The name of the entrant that the others are compared with. */
  readonly base: Base;
  /** The title of the column. */
  readonly column: string;
}

/** The result of one run of one server. */
export interface Measurement {
  readonly scene: Scene;
  readonly figures: Readonly<Record<string, number>>;
  /** The counts from which the figures are calculated. */
  readonly counted: Readonly<Record<string, number>>;
}

/** The conditions of a measurement. Only measurements of the same scene are compared. */
export interface Scene {
  readonly clients: number;
  /** Events published in one turn of the server's event loop. */
  readonly perTurn?: number;
  /** The library by which servers talk to Redis. */
  readonly library?: string;
  /** The version of the servers' Node, if several are compared. */
  readonly node?: string | undefined;
}

/** A limit for an entrant, which the median of the rounds must meet. */
export interface Target extends Partial<Scene> {
  readonly figure: string;
  readonly variant: string;
  /** With a base, the target is a ratio. */
  readonly base?: Base;
  readonly most: number;
}

export interface Subject<E extends Entrant = Entrant> {
  readonly entrant: E;
  readonly clients: number;
  readonly plan: Plan;
}

/** The extent of the measurements. */
export interface Extent {
  readonly rounds: number;
  /** The least duration of one measurement, in seconds. */
  readonly seconds: number;
  readonly perTurn: readonly number[];
}

/** The extent of the measurements of one entrant, and what it runs on. */
export interface Plan extends Extent {
  /** The command line of the servers' Node: the program, then its flags. */
  readonly node: readonly string[];
}

export function entrantOf<E extends Entrant>({ name, entrants }: Contest<E>, variant: string): E {
  const entrant = entrants[variant];
  if (entrant === undefined) throw new TypeError(`${name} has no entrant ${variant}`);
  return entrant;
}

/** Returns the names of the entrants of a base. */
export function namesOf(base: Base): readonly string[] {
  return typeof base === 'string' ? [base] : base;
}

export function figureOf({ name, figures }: Contest, key: string): Figure {
  const figure = figures.find((one) => one.key === key);
  if (figure === undefined) throw new TypeError(`${name} has no figure ${key}`);
  return figure;
}
