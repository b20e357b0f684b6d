import type { Greeting } from './greeting';

/** Servers that do the same, to be measured beside each other. */
export interface Contest {
  /** What its script is called, and the files of its results. */
  readonly name: string;
  /** What is measured, as a heading. */
  readonly heading: string;
  readonly entrants: Readonly<Record<string, Entrant>>;
  /** Those that the others are compared with, in the same round. */
  readonly plain: Base;
  readonly floor: Base;
  /** Packages whose versions matter, besides this project's. */
  readonly packages: readonly string[];
  /** How many events are published in one turn, unless the command line says otherwise. */
  readonly perTurn: string;
}

export interface Entrant {
  /** What it is called in tables. */
  readonly title: string;
  /** The file in `servers/`. */
  readonly server: string;
  /** How clients come in. */
  readonly greeting: Greeting;
}

export interface Base {
  /** The name of an entrant. */
  readonly variant: string;
  /** What it is called over a column of ratios. */
  readonly column: string;
}

export function entrantOf({ name, entrants }: Contest, variant: string): Entrant {
  const entrant = entrants[variant];
  if (entrant === undefined) throw new TypeError(`${name} knows no ${variant}`);
  return entrant;
}
