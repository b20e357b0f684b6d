import { type Contest, entrantOf, figureOf, type Plan } from './contest';
import { accept } from './parts/accept';
import { byHand } from './parts/by-hand';
import { cluster } from './parts/cluster';
import { compressedStreams } from './parts/compressed';
import { emptyPolls } from './parts/empty-polls';
import { fanOut } from './parts/fan-out';
import { idle } from './parts/idle';
import { latency } from './parts/latency';
import { polls } from './parts/polls';
import { presence } from './parts/presence';
import { redisFollow } from './parts/redis-follow';
import { redisLatency } from './parts/redis-latency';
import { redisPublish } from './parts/redis-publish';
import { runsLive } from './parts/runs-live';
import { runsReplay } from './parts/runs-replay';
import { runsStart } from './parts/runs-start';
import { snapshot } from './parts/snapshot';
import { sockets } from './parts/sockets';
import { state } from './parts/state';
import { stateMemory } from './parts/state-memory';
import { checkFileLimit } from './processes/file-limit';
import { canPin, moveToCore } from './processes/pinning';
import { formatValue, headOf, title } from './report/format';
import { type Outcome, verdictsOf, writeOutcome, writeVerdicts } from './report/results';
import { judge } from './report/targets';
import { type RoundMeasurement, runRounds } from './rounds';
import { readSettings, type Settings, usage } from './settings';

const contests: readonly Contest[] = [
  fanOut,
  compressedStreams,
  sockets,
  latency,
  idle,
  accept,
  polls,
  emptyPolls,
  byHand,
  redisPublish,
  redisLatency,
  redisFollow,
  cluster,
  runsLive,
  runsStart,
  runsReplay,
  state,
  snapshot,
  presence,
  stateMemory,
];

async function main(args: readonly string[]): Promise<void> {
  const settings = readSettings(contests, args);
  if (settings === undefined) {
    console.log(usage(contests));
    return;
  }
  checkFileLimit(Math.max(...settings.contests.flatMap((contest) => settings.clients ?? contest.clients)));
  if (!canPin) console.error('There is no taskset or no second core, so server and clients share the cores.');
  moveToCore(1);
  // Servers end with this process. Some of them need an orderly end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

  const outcomes: Outcome[] = [];
  const failures: string[] = [];
  for (const contest of settings.contests) {
    try {
      const outcome = await run(contest, settings);
      if (outcome === undefined) continue;
      console.log(`\n# ${contest.heading}\n\n${writeOutcome(settings.out, outcome)}\n`);
      outcomes.push(outcome);
    } catch (error) {
      // The other parts took long, so their results are kept.
      failures.push(`${contest.name} failed: ${(error as Error).message}`);
      console.error(failures.at(-1));
    }
  }
  const verdicts = verdictsOf(outcomes);
  if (settings.whole && failures.length === 0) writeVerdicts(settings.out, verdicts);
  console.log(`# Targets\n\n${verdicts}\n\nAll results: ${settings.out}`);
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

async function run(contest: Contest, settings: Settings): Promise<Outcome | undefined> {
  const asked = Object.keys(contest.entrants).filter((name) => settings.variants?.includes(name) ?? true);
  const skipped = asked.flatMap((name) => {
    const { title, missing } = entrantOf(contest, name);
    const reason = missing?.();
    return reason === undefined ? [] : [{ name, sentence: `Skipped: ${title}, since ${reason}` }];
  });
  for (const { sentence } of skipped) console.error(sentence);
  const present = asked.filter((name) => !skipped.some((one) => one.name === name));
  if (present.length === 0) return undefined;

  const counts = settings.clients ?? contest.clients;
  const plan = { ...settings.plan, rounds: settings.rounds ?? contest.rounds };
  const onMeasurement = (measurement: RoundMeasurement) => console.error(progressLine(contest, plan, measurement));
  const measurements = await runRounds(contest, plan, counts, present, onMeasurement);
  return {
    contest,
    plan,
    measurements,
    skipped: skipped.map(({ sentence }) => sentence),
    verdicts: judge(contest, measurements),
  };
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
