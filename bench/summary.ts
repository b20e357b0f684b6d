import type { Contest } from './contest';
import type { RoundMeasurement } from './rounds';

/** The middle of some numbers, and how far they reach. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Summary {
  readonly clients: number;
  readonly perTurn: number;
  readonly variant: string;
  readonly micros: Spread;
  /** Ratios are taken within a round, where both had the same noise; `undefined` when there was nothing to compare. */
  readonly toPlain: Spread | undefined;
  readonly toFloor: Spread | undefined;
}

export function summarize({ plain, floor }: Contest, measurements: readonly RoundMeasurement[]): Summary[] {
  const firsts = measurements.filter((one, i) => measurements.findIndex((other) => isSameCell(one, other)) === i);
  return firsts.map((first): Summary => {
    const { clients, perTurn, variant } = first;
    const cell = measurements.filter((other) => isSameCell(first, other));
    const ratios = (base: string) => {
      const compare = (one: RoundMeasurement) => {
        const other = measurements.find((m) => m.round === one.round && isSameCell(m, { ...one, variant: base }));
        return other ? [micros(one) / micros(other)] : [];
      };
      return spread(cell.flatMap(compare));
    };
    return {
      clients,
      perTurn,
      variant,
      micros: spread(cell.map(micros)) as Spread,
      toPlain: ratios(plain.variant),
      toFloor: ratios(floor.variant),
    };
  });
}

function micros({ cpuMicros, delivered }: RoundMeasurement): number {
  return cpuMicros / delivered;
}

type Cell = Pick<RoundMeasurement, 'clients' | 'perTurn' | 'variant'>;

function isSameCell(one: Cell, other: Cell): boolean {
  return one.clients === other.clients && one.perTurn === other.perTurn && one.variant === other.variant;
}

export function spread(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, max] = [sorted.at(0), sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const upper = sorted[sorted.length >> 1] as number;
  const lower = sorted[(sorted.length - 1) >> 1] as number;
  return { median: (lower + upper) / 2, min, max };
}
