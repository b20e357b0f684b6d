// What the nodes and the checker tell each other.

/** What a producer does. */
export interface Plan {
  /** How many messages it has. A run that is to be stopped has more than it can ever send. */
  readonly total: number;
  /** Milliseconds between two bursts, and how many messages each has. */
  readonly interval: number;
  readonly burst: number;
  readonly ending: 'complete' | 'throw';
  /** True for an async function that sends, and not an iterable. */
  readonly sends: boolean;
  /** True if it awaits each message that it sends. */
  readonly awaits: boolean;
  readonly lease: number;
  readonly keep: number;
}

/** The data of a message. */
export interface Text {
  readonly production: string;
  readonly key: string;
  /** Counts from 1. */
  readonly n: number;
  readonly isLast: boolean;
}

/** What a producer tells of itself. */
export type ProductionEvent = { readonly production: string; readonly key: string } & (
  | { readonly kind: 'begun' }
  /** Its `finally` block has run. */
  | { readonly kind: 'finished'; readonly generated: number }
  /** The promise `done` has resolved. */
  | { readonly kind: 'done'; readonly status: string }
);

/** A line of what a loop over a run gets. */
export type Line =
  | { readonly id: string; readonly data: Text }
  | { readonly gap: string }
  | { readonly end: 'clean' }
  | { readonly error: string };
