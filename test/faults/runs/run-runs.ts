import { runTrials } from '../run-trials';
import { scenarioOf } from './scenarios';
import { runTrial, type Tally } from './trial';

const tally: Tally = { faults: {}, counts: {} };

runTrials({
  script: 'faults:runs',
  atATime: 2,
  nameOf: (seed) => scenarioOf(seed).name,
  play: (seed) => runTrial(scenarioOf(seed), seed, tally),
  report() {
    console.table(tally.faults);
    console.table(tally.counts);
  },
});
