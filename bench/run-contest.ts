import type { Contest } from './contest';
import { checkFileLimit } from './file-limit';
import { canPin, moveToCore } from './pinning';
import { writeResults } from './results';
import { runRounds } from './rounds';
import { readSettings, usage } from './settings';

/** A bench as a command: measures as the arguments say, and prints what came of it. */
export function runContest(contest: Contest): void {
  main(contest, process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}

async function main(contest: Contest, args: readonly string[]): Promise<void> {
  const settings = readSettings(contest, args);
  if (settings === undefined) {
    console.log(usage(contest));
    return;
  }
  const { out, ...plan } = settings;
  checkFileLimit(Math.max(...plan.clients));
  if (!canPin) console.error('No taskset, or no second core: server and clients share what there is.');
  moveToCore(1);

  const measurements = await runRounds(contest, plan, (line) => console.error(line));
  console.log(writeResults(contest, out, plan, measurements));
}
