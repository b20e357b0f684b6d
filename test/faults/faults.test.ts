import { type FaultKind, faultKinds } from '../kit/fault-plan';
import { type Scenario, scenarios } from './scenarios';
import { addTally, emptyTally, type Tally } from './tally';
import { runTrial, triedAdapters } from './trial';

// Networks cut, reset, delay and trickle. Each client sees everything in order, or announced gaps.

/** `FAULT_SEED=7 npx jest test/faults` repeats one, `npm run faults -- --seeds 200` runs many. */
const replayed = process.env.FAULT_SEED;
const seedsFor = ({ holds }: Scenario) => {
  if (replayed !== undefined) return [Number(replayed)];
  // These scenarios publish megabytes.
  return holds ? [1] : [1, 2];
};

const all: Tally = emptyTally();

describe.each(scenarios)('$name', (scenario) => {
  const sum: Tally = emptyTally();

  const trials = triedAdapters.flatMap((adapter) =>
    seedsFor(scenario).map((seed) => [adapter.name, seed, adapter] as const),
  );
  it.each(trials)('loses no message without a gap on %s with the seed %i', async (_name, seed, adapter) => {
    addTally(sum, await runTrial(adapter, scenario, seed));
  });

  it('has met every kind of fault', () => {
    if (replayed !== undefined) return;
    addTally(all, sum);
    const happened = (kind: FaultKind) => sum.faults.up[kind] + sum.faults.down[kind] > 0;
    expect(faultKinds.filter(happened)).toEqual(faultKinds);
    expect(sum.messages).toBeGreaterThan(100);
    const keepsAll = scenario.kept === Number.POSITIVE_INFINITY;
    const expected = { gaps: !keepsAll, gapsInStream: scenario.holds && scenario.overrun === 'gap' };
    expect({ gaps: sum.gaps > 0, gapsInStream: sum.gapsInStream > 0 }).toEqual(expected);
    expect(sum.overruns > 0).toBe(scenario.overrun === 'disconnect');
  });
});

// A slow machine has fewer connections, and few requests have a fault.
it('has met every kind of fault in both directions, over all scenarios', () => {
  if (replayed !== undefined) return;
  const happened = (kind: FaultKind) => all.faults.up[kind] > 0 && all.faults.down[kind] > 0;
  expect(faultKinds.filter(happened)).toEqual(faultKinds);
});
