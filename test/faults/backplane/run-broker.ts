import { runTrials } from '../run-trials';
import { mortalBroker, workers } from './scenarios';
import { addTally, emptyTally } from './tally';
import { runTrial } from './trial';

const all = [workers, mortalBroker].map((scenario) => ({ scenario, sum: emptyTally(), trials: 0 }));

const playedBy = (seed: number) => all[seed % all.length] as (typeof all)[number];

runTrials({
  script: 'faults:broker',
  atATime: 3,
  nameOf: (seed) => playedBy(seed).scenario.name,
  async play(seed) {
    const played = playedBy(seed);
    played.trials++;
    addTally(played.sum, await runTrial(played.scenario, seed));
  },
  report() {
    for (const { scenario, sum, trials } of all) {
      console.log(`${scenario.name}: ${trials} trials`);
      for (const part of Object.values(sum)) console.table(part);
    }
  },
});
