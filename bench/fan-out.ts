import { checkFileLimit } from './file-limit';
import { canPin, moveToCore } from './pinning';
import { writeResults } from './results';
import { runRounds } from './rounds';
import { readSettings, usage } from './settings';

/** What one channel costs the server for each event that it delivers to each of many clients. */
async function main(args: readonly string[]): Promise<void> {
  const settings = readSettings(args);
  if (settings === undefined) {
    console.log(usage);
    return;
  }
  const { out, ...plan } = settings;
  checkFileLimit(Math.max(...plan.clients));
  if (!canPin) console.error('No taskset, or no second core: server and clients share what there is.');
  moveToCore(1);

  const measurements = await runRounds(plan, (line) => console.error(line));
  console.log(writeResults(out, plan, measurements));
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
