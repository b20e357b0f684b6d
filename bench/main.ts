import type { Contest } from './contest';
import { contests } from './contests';
import { checkFileLimit } from './processes/file-limit';
import { findNode } from './processes/node-program';
import { canPin, moveToCore } from './processes/pinning';
import { readResult, saveResult, writeReport, writeTargets } from './report/results';
import { judge, verdictTable } from './report/targets';
import { runContest } from './run-contest';
import { readSettings, type Settings, usage } from './settings';

async function main(args: readonly string[]): Promise<void> {
  const settings = readSettings(contests, args);
  if (settings === undefined) console.log(usage(contests));
  else if (settings.reportOnly) report(settings);
  else await measure(settings);
}

/** Writes the results of earlier runs anew. */
function report({ contests: chosen, out }: Settings): void {
  for (const contest of chosen) {
    const result = readResult(out, contest);
    if (result !== undefined) writeReport(out, contest, result);
  }
  writeTargets(out, contests);
}

async function measure(settings: Settings): Promise<void> {
  const { out } = settings;
  const clientsOf = (contest: Contest) => settings.shares[contest.name]?.clients ?? contest.clients;
  checkFileLimit(Math.max(...settings.contests.flatMap((contest) => settings.clients ?? clientsOf(contest))));
  const nodes = settings.nodes.map((node) => findNode(node, settings.nodeFlags));
  if (!canPin) console.error('There is no taskset or no second core, so server and clients share the cores.');
  moveToCore(1);
  // Servers end with this process. Some of them need an orderly end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

  const failures: string[] = [];
  const verdicts = [];
  for (const contest of settings.contests) {
    try {
      const result = await runContest(contest, settings, nodes);
      if (result === undefined) continue;
      // The measurements stay, even if the run is interrupted.
      saveResult(out, contest, result);
      console.log(`\n# ${contest.heading}\n\n${writeReport(out, contest, result)}\n`);
      writeTargets(out, contests);
      verdicts.push(...judge(contest, result.measurements));
    } catch (error) {
      // The other parts took long, so their results are kept.
      failures.push(`${contest.name} failed: ${(error as Error).message}`);
      console.error(failures.at(-1));
    }
  }
  console.log(`# Targets\n\n${verdictTable(verdicts)}\n\nAll results: ${out}`);
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
