import { type Contest, entrantOf, figureOf, type Plan } from './contest';
import { accept } from './parts/accept';
import { fanOut } from './parts/fan-out';
import { idle } from './parts/idle';
import { latency } from './parts/latency';
import { polls } from './parts/polls';
import { sockets } from './parts/sockets';
import { checkFileLimit } from './processes/file-limit';
import { canPin, moveToCore } from './processes/pinning';
import { formatValue, headOf, title } from './report/format';
import { type Outcome, verdictsOf, writeOutcome, writeVerdicts } from './report/results';
import { judge } from './report/targets';
import { type RoundMeasurement, runRounds } from './rounds';
import { readSettings, type Settings, usage } from './settings';

const contests: readonly Contest[] = [fanOut, sockets, latency, idle, accept, polls];

async function main(args: readonly string[]): Promise<void> {
  const settings = readSettings(contests, args);
  if (settings === undefined) {
    console.log(usage(contests));
    return;
  }
  checkFileLimit(Math.max(...settings.contests.flatMap((contest) => settings.clients ?? contest.clients)));
  if (!canPin) console.error('No taskset, or no second core: server and clients share what there is.');
  moveToCore(1);
  // Servers end with this process, some only if it ends in order.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

  const outcomes: Outcome[] = [];
  for (const contest of settings.contests) {
    const outcome = await run(contest, settings);
    if (outcome === undefined) continue;
    console.log(`\n# ${contest.heading}\n\n${writeOutcome(settings.out, outcome)}\n`);
    outcomes.push(outcome);
  }
  const verdicts = verdictsOf(outcomes);
  if (settings.whole) writeVerdicts(settings.out, verdicts);
  console.log(`# Targets\n\n${verdicts}\n\nAll of it: ${settings.out}`);
}

async function run(contest: Contest, settings: Settings): Promise<Outcome | undefined> {
  const asked = Object.keys(contest.entrants).filter((name) => settings.variants?.includes(name) ?? true);
  const reasons = asked.map((name) => entrantOf(contest, name).missing?.());
  const present = asked.filter((_, i) => reasons[i] === undefined);
  const skipped = asked.flatMap((name, i) =>
    reasons[i] === undefined ? [] : [`Skipped: ${entrantOf(contest, name).title}, since ${reasons[i]}`],
  );
  for (const sentence of skipped) console.error(sentence);
  if (present.length === 0) return undefined;

  const counts = settings.clients ?? contest.clients;
  const plan = { ...settings.plan, rounds: settings.rounds ?? contest.rounds };
  const heard = (measurement: RoundMeasurement) => console.error(progressLine(contest, plan, measurement));
  const measurements = await runRounds(contest, plan, counts, present, heard);
  return { contest, plan, measurements, skipped, verdicts: judge(contest, measurements) };
}

function progressLine(contest: Contest, { rounds }: Plan, { round, scene, variant, figures }: RoundMeasurement) {
  const minutes = (process.uptime() / 60).toFixed(1).padStart(4);
  const values = Object.entries(figures).map(([key, value]) => {
    const figure = figureOf(contest, key);
    return `${headOf(figure)} ${formatValue(figure, value)}`;
  });
  return `${minutes} min  ${contest.name}  round ${round}/${rounds}  ${title(scene)}  ${variant}: ${values.join(', ')}`;
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
