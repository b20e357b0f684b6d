import { type Contest, entrantOf } from './contest';
import { type Measurement, measure } from './measure';

export interface Plan {
  readonly clients: readonly number[];
  readonly perTurn: readonly number[];
  readonly rounds: number;
  readonly deliveries: number;
  readonly variants: readonly string[];
  readonly nodeFlags: readonly string[];
}

export interface RoundMeasurement extends Measurement {
  readonly round: number;
}

/** Measures all variants in each round, the order turned by one from round to round, so that none is always first. */
export async function runRounds(
  contest: Contest,
  plan: Plan,
  progress: (line: string) => void,
): Promise<RoundMeasurement[]> {
  const all: RoundMeasurement[] = [];
  for (const clients of plan.clients) {
    for (let round = 1; round <= plan.rounds; round++) {
      for (const variant of rotate(plan.variants, round - 1)) {
        const task = { ...plan, variant, entrant: entrantOf(contest, variant), clients };
        for (const measurement of await measure(task)) {
          all.push({ round, ...measurement });
          const each = (measurement.cpuMicros / measurement.delivered).toFixed(3);
          const turn = `${measurement.perTurn} a turn`.padStart(9);
          progress(`round ${round}/${plan.rounds}  ${clients} clients  ${turn}  ${each.padStart(7)} µs  ${variant}`);
        }
      }
    }
  }
  return all;
}

export function rotate<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
