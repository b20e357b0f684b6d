import type { Scene } from '../contest';
import type { RoundMeasurement } from '../rounds';

/** The median of some numbers, and their range. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The rounds' spread of one figure of one variant; `undefined` when it was not measured. */
export function spreadOf(
  measurements: readonly RoundMeasurement[],
  scene: Scene,
  variant: string,
  figure: string,
): Spread | undefined {
  return spread(valuesOf(measurements, scene, variant, figure).map(({ value }) => value));
}

/** The same as a ratio to another variant in the same round, in which both had the same noise. */
export function ratioOf(
  measurements: readonly RoundMeasurement[],
  scene: Scene,
  variant: string,
  figure: string,
  base: string,
): Spread | undefined {
  const bases = valuesOf(measurements, scene, base, figure);
  const ratios = valuesOf(measurements, scene, variant, figure).flatMap(({ round, value }) => {
    const other = bases.find((one) => one.round === round);
    return other ? [value / other.value] : [];
  });
  return spread(ratios);
}

/** Returns the measured scenes without duplicates. */
export function scenesOf(measurements: readonly RoundMeasurement[]): Scene[] {
  const scenes = measurements.map(({ scene }) => scene);
  return scenes.filter((one, i) => scenes.findIndex((other) => isSame(one, other)) === i);
}

/** Returns the measured variants in the order of the first round. */
export function variantsOf(measurements: readonly RoundMeasurement[]): string[] {
  return [...new Set(measurements.map(({ variant }) => variant))];
}

function valuesOf(measurements: readonly RoundMeasurement[], scene: Scene, variant: string, figure: string) {
  return measurements.flatMap((one) => {
    const value = one.variant === variant && isSame(one.scene, scene) ? one.figures[figure] : undefined;
    return value === undefined ? [] : [{ round: one.round, value }];
  });
}

function isSame(one: Scene, other: Scene): boolean {
  return one.clients === other.clients && one.perTurn === other.perTurn && one.library === other.library;
}

function spread(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, max] = [sorted.at(0), sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const upper = sorted[sorted.length >> 1] as number;
  const lower = sorted[(sorted.length - 1) >> 1] as number;
  return { median: (lower + upper) / 2, min, max };
}
