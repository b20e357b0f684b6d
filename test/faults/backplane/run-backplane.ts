import { parseArgs } from 'node:util';
import { anything, cluster, nothingLost, oneMayWrite } from './scenarios';
import { addTally, emptyTally } from './tally';
import { runTrial } from './trial';

const usage = `npm run faults:redis -- [options]

  --seeds 200   how many seeds
  --first 1     the first of them
  --at-a-time 3 how many trials run together`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      first: { type: 'string', default: '1' },
      'at-a-time': { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const [first, seeds] = [Number(values.first), Number(values.seeds)];
  const scenarios = [anything, cluster, oneMayWrite, nothingLost].map((scenario) => ({
    scenario,
    sum: emptyTally(),
    trials: 0,
  }));
  const failures: string[] = [];
  const began = Date.now();
  let next = first;
  let done = 0;
  const worker = async () => {
    while (next < first + seeds) {
      const seed = next++;
      // Half of the trials are those in which anything may happen.
      const played = scenarios[[3, 0, 1, 0, 2, 0][seed % 6] as number] as (typeof scenarios)[number];
      const since = Date.now();
      try {
        addTally(played.sum, await runTrial(played.scenario, seed));
      } catch (error) {
        failures.push(`${played.scenario.name}, with the seed ${seed}: ${(error as Error).message}`);
        console.error(`FAILED ${failures.at(-1)}`);
      }
      played.trials++;
      const seconds = Math.round((Date.now() - began) / 1000);
      const lasted = Math.round((Date.now() - since) / 1000);
      const so = `${lasted} s; ${++done} of ${seeds} in ${seconds} s, ${failures.length} failures`;
      console.error(`seed ${seed}: ${so}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values['at-a-time']) }, worker));
  for (const { scenario, sum, trials } of scenarios) {
    console.log(`${scenario.name}: ${trials} trials`);
    for (const part of Object.values(sum)) console.table(part);
  }
  if (failures.length === 0) return;
  console.error(`${failures.length} trials failed:\n${failures.join('\n')}`);
  console.error('To repeat one seed: npm run faults:redis -- --seeds 1 --first …');
  process.exitCode = 1;
}

// An interrupted run must not leave servers behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
