import { runTrials } from '../run-trials';
import { anything, cluster, nothingLost, oneMayWrite } from './scenarios';
import { addTally, emptyTally } from './tally';
import { runTrial } from './trial';

const all = [anything, cluster, oneMayWrite, nothingLost].map((scenario) => ({
  scenario,
  sum: emptyTally(),
  trials: 0,
}));

/** Half of the trials are those in which anything may happen. */
const playedBy = (seed: number) => all[[3, 0, 1, 0, 2, 0][seed % 6] as number] as (typeof all)[number];

runTrials({
  script: 'faults:redis',
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
