/** The number of one append among those of its producer. */
export interface ProducerStep {
  readonly id: string;
  readonly epoch: number;
  readonly seq: number;
}

/** The newest step of a producer that a stream has accepted. */
export type ProducerState = Omit<ProducerStep, 'id'>;

/**
 * The judgement on a step:
 *
 * - `accepted`: it is the next one.
 * - `duplicate`: it was accepted before. `newest` is the newest step that was.
 * - `stale`: the producer has begun a newer epoch.
 * - `gap`: steps before it are missing.
 * - `late-start`: it would begin a new epoch in its middle.
 */
export type ProducerVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'duplicate'; readonly newest: ProducerState }
  | { readonly kind: 'stale'; readonly epoch: number }
  | { readonly kind: 'gap'; readonly expected: number; readonly received: number }
  | { readonly kind: 'late-start' };

/** @param known the newest accepted step. `undefined` for a producer that is new to the stream. */
export function judgeStep({ epoch, seq }: ProducerStep, known: ProducerState | undefined): ProducerVerdict {
  if (known === undefined) return seq === 0 ? { kind: 'accepted' } : { kind: 'gap', expected: 0, received: seq };
  if (epoch < known.epoch) return { kind: 'stale', epoch: known.epoch };
  if (epoch > known.epoch) return seq === 0 ? { kind: 'accepted' } : { kind: 'late-start' };
  if (seq <= known.seq) return { kind: 'duplicate', newest: known };
  const expected = known.seq + 1;
  return seq === expected ? { kind: 'accepted' } : { kind: 'gap', expected, received: seq };
}
