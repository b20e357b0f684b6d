import { parseArgs } from 'node:util';
import { scenarioOf } from './scenarios';
import { runTrial, type Tally } from './trial';

const usage = `npm run faults:runs -- [options]

  --seeds 200   how many seeds
  --first 1     the first of them
  --at-a-time 2 how many trials run together`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      first: { type: 'string', default: '1' },
      'at-a-time': { type: 'string', default: '2' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const [first, seeds] = [Number(values.first), Number(values.seeds)];
  const tally: Tally = { faults: {}, counts: {} };
  const failures: string[] = [];
  const began = Date.now();
  let next = first;
  let done = 0;
  const worker = async () => {
    while (next < first + seeds) {
      const seed = next++;
      const scenario = scenarioOf(seed);
      try {
        await runTrial(scenario, seed, tally);
      } catch (error) {
        failures.push(`${scenario.name}, with the seed ${seed}: ${(error as Error).message}`);
        console.error(`FAILED ${failures.at(-1)}`);
      }
      const seconds = Math.round((Date.now() - began) / 1000);
      console.error(`seed ${seed}: ${++done} of ${seeds} in ${seconds} s, ${failures.length} failures`);
    }
  };
  await Promise.all(Array.from({ length: Number(values['at-a-time']) }, worker));
  console.table(tally.faults);
  console.table(tally.counts);
  if (failures.length === 0) return;
  console.error(`${failures.length} trials failed:\n${failures.join('\n')}`);
  console.error('To repeat one seed: npm run faults:runs -- --seeds 1 --first …');
  process.exitCode = 1;
}

// An interrupted run must not leave servers behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
