import { type Contest, entrantOf, figureOf } from './contest';
import type { NodeProgram } from './processes/node-program';
import { formatValue, headOf, title } from './report/format';
import { describeMachine } from './report/machine';
import type { Result } from './report/results';
import { type RoundMeasurement, runRounds } from './rounds';
import type { Settings } from './settings';

/** Measures a part, unless none of its entrants can take part. */
export async function runContest(
  contest: Contest,
  settings: Settings,
  nodes: readonly NodeProgram[],
): Promise<Result | undefined> {
  const asked = Object.keys(contest.entrants).filter((name) => settings.variants?.includes(name) ?? true);
  const skipped = asked.flatMap((name) => {
    const { title, missing } = entrantOf(contest, name);
    const reason = missing?.();
    return reason === undefined ? [] : [{ name, sentence: `Skipped: ${title}, since ${reason}` }];
  });
  for (const { sentence } of skipped) console.error(sentence);
  const variants = asked.filter((name) => !skipped.some((one) => one.name === name));
  if (variants.length === 0) return undefined;

  const share = settings.shares[contest.name];
  const clientCounts = settings.clients ?? share?.clients ?? contest.clients;
  const plan = { ...settings.extent, rounds: settings.rounds ?? share?.rounds ?? contest.rounds };
  const onMeasurement = (one: RoundMeasurement) => console.error(progressLine(contest, plan.rounds, one));
  const measurements = await runRounds(contest, plan, { clientCounts, variants, nodes }, onMeasurement);
  const versions = nodes.map(({ version }) => version);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(versions, contest.packages, contest.programs?.()),
    plan,
    skipped: skipped.map(({ sentence }) => sentence),
    measurements,
  };
}

function progressLine(contest: Contest, rounds: number, { round, scene, variant, figures }: RoundMeasurement): string {
  const minutes = (process.uptime() / 60).toFixed(1).padStart(4);
  const values = Object.entries(figures).map(([key, value]) => {
    const figure = figureOf(contest, key);
    return `${headOf(figure)} ${formatValue(figure, value)}`;
  });
  return `${minutes} min  ${contest.name}  round ${round}/${rounds}  ${title(scene)}  ${variant}: ${values.join(', ')}`;
}
