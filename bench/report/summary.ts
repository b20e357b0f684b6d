import { type Base, namesOf, type Scene } from '../contest';
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

/**
 * The same as a ratio to other variants together in the same round, in which all had the same
 * noise.
 */
export function ratioOf(
  measurements: readonly RoundMeasurement[],
  scene: Scene,
  variant: string,
  figure: string,
  base: Base,
): Spread | undefined {
  const bases = namesOf(base).map((name) => valuesOf(measurements, scene, name, figure));
  const ratios = valuesOf(measurements, scene, variant, figure).flatMap(({ round, value }) => {
    const others = bases.map((values) => values.find((one) => one.round === round)?.value ?? Number.NaN);
    const ratio = value / others.reduce((sum, one) => sum + one, 0);
    return Number.isNaN(ratio) ? [] : [ratio];
  });
  return spread(ratios);
}

/** Returns the measured scenes without duplicates. */
export function scenesOf(measurements: readonly RoundMeasurement[]): Scene[] {
  const scenes = measurements.map(({ scene }) => scene);
  return scenes.filter((one, i) => scenes.findIndex((other) => isSame(one, other)) === i);
}

/** Returns the measured scenes without their Node, and without duplicates. */
export function conditionsOf(measurements: readonly RoundMeasurement[]): Scene[] {
  return scenesOf(measurements.map((one) => ({ ...one, scene: { ...one.scene, node: undefined } })));
}

/** Returns the versions of Node that were compared, or `undefined` alone, in the order of the command line. */
export function nodesOf(measurements: readonly RoundMeasurement[]): (string | undefined)[] {
  return [...new Set(measurements.map(({ scene }) => scene.node))];
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

/** True if measurements of both may be compared. */
export function isSame(one: Scene, other: Scene): boolean {
  const { clients, perTurn, library, node } = other;
  return one.clients === clients && one.perTurn === perTurn && one.library === library && one.node === node;
}

function spread(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, max] = [sorted.at(0), sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const upper = sorted[sorted.length >> 1] as number;
  const lower = sorted[(sorted.length - 1) >> 1] as number;
  return { median: (lower + upper) / 2, min, max };
}
