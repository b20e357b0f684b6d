import { type Contest, type Extent, entrantOf, type Measurement } from './contest';
import type { NodeProgram } from './processes/node-program';

export interface RoundMeasurement extends Measurement {
  readonly round: number;
  readonly variant: string;
}

/** The servers and cases that take part in the rounds. */
export interface Field {
  readonly clientCounts: readonly number[];
  readonly variants: readonly string[];
  /** The versions of Node. With several, each measurement's scene names its own. */
  readonly nodes: readonly NodeProgram[];
}

/**
 * Measures all variants in each round, and each on one Node after another, so that these are
 * compared too. Each round rotates the orders by one, so that no variant is always first.
 *
 * @param onMeasurement is called with each measurement.
 */
export async function runRounds(
  contest: Contest,
  extent: Extent,
  { clientCounts, variants, nodes }: Field,
  onMeasurement: (measurement: RoundMeasurement) => void,
): Promise<RoundMeasurement[]> {
  const all: RoundMeasurement[] = [];
  for (const clients of clientCounts) {
    for (let round = 1; round <= extent.rounds; round++) {
      for (const variant of rotate(variants, round - 1)) {
        const entrant = entrantOf(contest, variant);
        for (const group of entrant.isNode === false ? [nodes] : rotate(nodes, round - 1).map((one) => [one])) {
          const node = group[0]?.commandLine ?? [];
          const found = await contest.measure({ entrant, clients, plan: { ...extent, node } });
          for (const measurement of found.flatMap((one) => group.map((by) => inScene(one, by, nodes)))) {
            all.push({ round, variant, ...measurement });
            onMeasurement({ round, variant, ...measurement });
          }
        }
      }
    }
  }
  return all;
}

function inScene(measurement: Measurement, { version }: NodeProgram, nodes: readonly NodeProgram[]): Measurement {
  if (nodes.length === 1) return measurement;
  return { ...measurement, scene: { ...measurement.scene, node: version } };
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
