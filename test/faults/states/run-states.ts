import { runTrials } from '../run-trials';
import type { Tally } from './check';
import { scenarioOf } from './scenarios';
import { runTrial } from './trial';

const tally: Tally = { faults: {}, counts: {} };

runTrials({
  script: 'faults:states',
  atATime: 2,
  nameOf: (seed) => scenarioOf(seed).name,
  play: (seed) => runTrial(scenarioOf(seed), seed, tally),
  report() {
    console.table(tally.faults);
    console.table(tally.counts);
  },
});
