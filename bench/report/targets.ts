import { type Contest, entrantOf, figureOf, type Target } from '../contest';
import type { RoundMeasurement } from '../rounds';
import { formatNumber, formatSpread, formatValue, layOut, title } from './format';
import { ratioOf, type Spread, scenesOf, spreadOf } from './summary';

/** A target with the verdict of this run. */
export interface Verdict {
  /** The figure, the entrant and the scene. */
  readonly what: string;
  /** The highest allowed value. */
  readonly most: string;
  readonly measured: string;
  /** True if the median meets the target; `undefined` when it was not measured in this run. */
  readonly met: boolean | undefined;
  /** True if every round has the same verdict. */
  readonly unanimous: boolean;
}

/** Judges each target of a contest in every measured scene that it applies to. */
export function judge(contest: Contest, measurements: readonly RoundMeasurement[]): Verdict[] {
  return contest.targets.flatMap((target) => {
    const { clients, perTurn, library } = target;
    const scenes = scenesOf(measurements).filter(
      (scene) =>
        (clients === undefined || clients === scene.clients) &&
        (perTurn === undefined || perTurn === scene.perTurn) &&
        (library === undefined || library === scene.library),
    );
    if (scenes.length === 0)
      return [verdict(contest, target, clients === undefined ? '' : title({ ...target, clients }))];
    return scenes.map((scene) => {
      const { figure, variant, base } = target;
      const found = base
        ? ratioOf(measurements, scene, variant, figure, base)
        : spreadOf(measurements, scene, variant, figure);
      return verdict(contest, target, title(scene), found);
    });
  });
}

function verdict(contest: Contest, target: Target, scene: string, found?: Spread): Verdict {
  const { base, most, variant } = target;
  const figure = figureOf(contest, target.figure);
  const format = base ? formatNumber : (value: number) => formatValue(figure, value);
  const unit = base ? `× ${entrantOf(contest, base).title}` : figure.unit === 'bytes' ? 'KiB' : figure.unit;
  const what = [entrantOf(contest, variant).title, figure.title, ...(scene ? [scene] : [])].join(', ');
  return {
    what,
    most: `${base ? most : format(most)} ${unit}`,
    measured: found ? formatSpread(found, format) : 'not measured',
    met: found && found.median <= most,
    unanimous: found === undefined || found.max <= most || found.min > most,
  };
}

/** Formats verdicts as a Markdown table with a line of counts. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  const said = ({ met, unanimous }: Verdict) => {
    if (met === undefined) return '–';
    return `${met ? 'met' : 'MISSED'}${unanimous ? '' : ', not in every round'}`;
  };
  const count = (met: boolean | undefined) => verdicts.filter((one) => one.met === met).length;
  const rows = verdicts.map((one) => [one.what, one.most, one.measured, said(one)]);
  const sum = `${count(true)} met, ${count(false)} missed, ${count(undefined)} not measured in this run.`;
  return `${layOut([['Target', 'at most', 'measured', 'verdict'], ...rows])}\n\n${sum}`;
}
