import { parseArgs } from 'node:util';

/** Trials of one kind, each of which a seed decides. */
export interface Trials {
  /** The npm script that runs them. */
  readonly script: string;
  /** How many run together, unless the command line says otherwise. */
  readonly atATime: number;
  /** The name of the scenario that a seed plays. */
  nameOf(seed: number): string;
  /** Rejects if the trial fails. */
  play(seed: number): Promise<void>;
  /** Prints what was counted. */
  report(): void;
}

/** Runs trials as the command line says. The exit code is 1 if one fails. */
export function runTrials(trials: Trials): void {
  // An interrupted run must not leave servers behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  main(trials).catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}

async function main({ script, atATime, nameOf, play, report }: Trials): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      first: { type: 'string', default: '1' },
      'at-a-time': { type: 'string', default: String(atATime) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usageOf(script, atATime));
  const [first, seeds] = [Number(values.first), Number(values.seeds)];
  const failures: string[] = [];
  const began = Date.now();
  const secondsSince = (time: number) => Math.round((Date.now() - time) / 1000);
  let next = first;
  let done = 0;
  const worker = async () => {
    while (next < first + seeds) {
      const seed = next++;
      const since = Date.now();
      try {
        await play(seed);
      } catch (error) {
        failures.push(`${nameOf(seed)}, with the seed ${seed}: ${(error as Error).message}`);
        console.error(`FAILED ${failures.at(-1)}`);
      }
      const so = `${++done} of ${seeds} in ${secondsSince(began)} s, ${failures.length} failures`;
      console.error(`seed ${seed}: ${secondsSince(since)} s; ${so}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values['at-a-time']) }, worker));
  report();
  if (failures.length === 0) return;
  console.error(`${failures.length} trials failed:\n${failures.join('\n')}`);
  console.error(`To repeat one seed: npm run ${script} -- --seeds 1 --first …`);
  process.exitCode = 1;
}

const usageOf = (script: string, atATime: number) => `npm run ${script} -- [options]

  --seeds 200   how many seeds
  --first 1     the first of them
  --at-a-time ${atATime} how many trials run together`;
