import { parseArgs } from 'node:util';
import { scenarios } from './scenarios';
import { addTally, emptyTally, type Tally } from './tally';
import { runTrial, triedAdapters } from './trial';

const usage = `npm run faults -- [options]

  --seeds 200   how many seeds
  --first 1     the first of them`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      first: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const [first, count] = [Number(values.first), Number(values.seeds)];
  const sums = new Map(scenarios.map(({ name }) => [name, emptyTally()]));
  const failures: string[] = [];
  for (let seed = first; seed < first + count; seed++) {
    for (const scenario of scenarios) {
      const trials = triedAdapters.map(async (adapter) => {
        try {
          addTally(sums.get(scenario.name) as Tally, await runTrial(adapter, scenario, seed));
        } catch (error) {
          failures.push(`${scenario.name} on ${adapter.name}, with the seed ${seed}: ${(error as Error).message}`);
          console.error(`FAILED ${failures.at(-1)}`);
        }
      });
      await Promise.all(trials);
    }
    const { connections, messages, gaps } = totalOf([...sums.values()]);
    const so = `${connections} connections, ${messages} messages, ${gaps} gaps, ${failures.length} failures`;
    console.error(`seed ${seed} (${seed - first + 1} of ${count}): ${so}`);
  }
  for (const [name, { faults, ...counts }] of sums) console.table({ [name]: counts, ...faults });
  if (failures.length === 0) return;
  console.error(`${failures.length} trials failed:\n${failures.join('\n')}`);
  console.error('To repeat one seed: FAULT_SEED=… npx jest test/faults/faults');
  process.exitCode = 1;
}

function totalOf(tallies: readonly Tally[]): Tally {
  const total = emptyTally();
  for (const tally of tallies) addTally(total, tally);
  return total;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
