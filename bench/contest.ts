/** One part of the bench: servers that do the same, to be measured beside each other. */
export interface Contest<E extends Entrant = Entrant> {
  /** What `--only` calls it, and the files of its results. */
  readonly name: string;
  /** What is measured, as a heading. */
  readonly heading: string;
  readonly entrants: Readonly<Record<string, E>>;
  /** What is found out of each; rows of tables are sorted by the first. */
  readonly figures: readonly Figure[];
  readonly comparisons: readonly Comparison[];
  readonly targets: readonly Target[];
  /** Packages whose versions matter, besides this project's. */
  readonly packages: readonly string[];
  /** Versions of other programs that matter. */
  programs?(): Readonly<Record<string, string>>;
  /** How many clients, each number measured on its own, unless the command line says otherwise. */
  readonly clients: readonly number[];
  /** How often everything is measured, unless the command line says otherwise. */
  readonly rounds: number;
  /** @throws Error unless each client got everything. */
  measure(subject: Subject<E>): Promise<Measurement[]>;
}

export interface Entrant {
  /** What it is called in tables. */
  readonly title: string;
  /** Why it cannot be measured here, and what would help; `undefined` when it can. */
  missing?(): string | undefined;
}

/** A number that is measured; less is better, unless it is not charted. */
export interface Figure {
  readonly key: string;
  /** What it is called over a column. */
  readonly title: string;
  /** Bytes are shown as KiB. */
  readonly unit: 'µs' | 'ms' | 'bytes' | 'count';
  /** Whether the chart shows it. */
  readonly charted: boolean;
}

/** A column of ratios, each taken within a round, where both had the same noise. */
export interface Comparison {
  readonly figure: string;
  /** The name of the entrant that the others are compared with. */
  readonly base: string;
  /** What it is called over the column. */
  readonly column: string;
}

/** What one run of one server gives. */
export interface Measurement {
  readonly scene: Scene;
  readonly figures: Readonly<Record<string, number>>;
  /** What the figures come from. */
  readonly counted: Readonly<Record<string, number>>;
}

/** Under what conditions something is measured; only what was measured in the same scene is compared. */
export interface Scene {
  readonly clients: number;
  /** Events that are published in one turn of the server's event loop. */
  readonly perTurn?: number;
  /** The library by which servers talk to Redis. */
  readonly library?: string;
}

/** What must hold for an entrant, by the median of the rounds. */
export interface Target extends Partial<Scene> {
  readonly figure: string;
  readonly variant: string;
  /** With it the target is a ratio. */
  readonly base?: string;
  readonly most: number;
}

export interface Subject<E extends Entrant = Entrant> {
  readonly entrant: E;
  readonly clients: number;
  readonly plan: Plan;
}

/** How much is measured. */
export interface Plan {
  readonly rounds: number;
  /** How long one measurement takes at the least. */
  readonly seconds: number;
  readonly perTurn: readonly number[];
  readonly nodeFlags: readonly string[];
}

export function entrantOf<E extends Entrant>({ name, entrants }: Contest<E>, variant: string): E {
  const entrant = entrants[variant];
  if (entrant === undefined) throw new TypeError(`${name} knows no ${variant}`);
  return entrant;
}

export function figureOf({ name, figures }: Contest, key: string): Figure {
  const figure = figures.find((one) => one.key === key);
  if (figure === undefined) throw new TypeError(`${name} knows no ${key}`);
  return figure;
}
