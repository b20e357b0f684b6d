import { type Contest, entrantOf, type Measurement, type Plan } from './contest';

export interface RoundMeasurement extends Measurement {
  readonly round: number;
  readonly variant: string;
}

/**
 * Measures all variants in each round. Each round rotates the order by one, so that no variant is
 * always first.
 *
 * @param onMeasurement is called with each measurement.
 */
export async function runRounds(
  contest: Contest,
  plan: Plan,
  clientCounts: readonly number[],
  variants: readonly string[],
  onMeasurement: (measurement: RoundMeasurement) => void,
): Promise<RoundMeasurement[]> {
  const all: RoundMeasurement[] = [];
  for (const clients of clientCounts) {
    for (let round = 1; round <= plan.rounds; round++) {
      for (const variant of rotate(variants, round - 1)) {
        const found = await contest.measure({ entrant: entrantOf(contest, variant), clients, plan });
        for (const measurement of found.map((one) => ({ round, variant, ...one }))) {
          all.push(measurement);
          onMeasurement(measurement);
        }
      }
    }
  }
  return all;
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
