import { type Base, type Contest, entrantOf, figureOf, namesOf, type Scene, type Target } from '../contest';
import type { RoundMeasurement } from '../rounds';
import { formatNumber, formatSpread, formatValue, layOut, title } from './format';
import { ratioOf, type Spread, scenesOf, spreadOf } from './summary';

/** A target with the verdict of this run. */
export interface Verdict {
  /** The entrant, the figure and the scene, whatever its Node. */
  readonly what: string;
  /** The highest allowed value. */
  readonly most: string;
  /** The version of Node, if several were compared. */
  readonly node?: string;
  readonly measured: string;
  /** True if the median meets the target; `undefined` when it was not measured in this run. */
  readonly met: boolean | undefined;
  /** True if every round has the same verdict. */
  readonly unanimous: boolean;
}

/** Judges each target of a contest in every measured scene that it applies to. */
export function judge(contest: Contest, measurements: readonly RoundMeasurement[]): Verdict[] {
  return contest.targets.flatMap((target) => {
    const { clients } = target;
    const scenes = scenesOf(measurements).filter((scene) => applies(target, scene));
    if (scenes.length === 0) return [verdict(contest, target, clients === undefined ? {} : { ...target, clients })];
    return scenes.map((scene) => {
      const { figure, variant, base } = target;
      const found = base
        ? ratioOf(measurements, scene, variant, figure, base)
        : spreadOf(measurements, scene, variant, figure);
      return verdict(contest, target, scene, found);
    });
  });
}

function applies(target: Target, scene: Scene): boolean {
  const conditions = ['clients', 'perTurn', 'library', 'node'] as const;
  return conditions.every((one) => target[one] === undefined || target[one] === scene[one]);
}

function verdict(contest: Contest, target: Target, { node, ...scene }: Partial<Scene>, found?: Spread): Verdict {
  const { base, most, variant } = target;
  const figure = figureOf(contest, target.figure);
  const format = base ? formatNumber : (value: number) => formatValue(figure, value);
  const unit = base ? `× ${titleOf(contest, base)}` : figure.unit === 'bytes' ? 'KiB' : figure.unit;
  const { clients } = scene;
  const where = clients === undefined ? [] : [title({ ...scene, clients })];
  return {
    what: [entrantOf(contest, variant).title, figure.title, ...where].join(', '),
    most: `${base ? most : format(most)} ${unit}`,
    ...(node === undefined ? {} : { node }),
    measured: found ? formatSpread(found, format) : 'not measured',
    met: found && found.median <= most,
    unanimous: found === undefined || found.max <= most || found.min > most,
  };
}

function titleOf(contest: Contest, base: Base): string {
  const titles = namesOf(base).map((name) => entrantOf(contest, name).title);
  return titles.length === 1 ? (titles[0] as string) : `(${titles.join(' + ')})`;
}

/** Formats verdicts as a Markdown table with a line of counts. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return 'There are no targets.';
  const count = (met: boolean | undefined) => verdicts.filter((one) => one.met === met).length;
  const sum = `${count(true)} met, ${count(false)} missed, ${count(undefined)} not measured.`;
  return `${targetTable(verdicts)}\n\n${sum}`;
}

/** Formats verdicts as a Markdown table with a column for each Node. */
export function targetTable(verdicts: readonly Verdict[]): string {
  const named = [...new Set(verdicts.flatMap(({ node }) => node ?? []))];
  const nodes = named.length === 0 ? [undefined] : named;
  const targets = verdicts.filter((one, i) => verdicts.findIndex((other) => isSameTarget(one, other)) === i);
  const head = nodes.map((node) => (node === undefined ? 'measured' : `Node ${node}`));
  const rows = targets.map((target) => [
    target.what,
    target.most,
    ...nodes.map((node) => said(verdicts.find((one) => isSameTarget(one, target) && (one.node ?? node) === node))),
  ]);
  return layOut([['Target', 'at most', ...head], ...rows]);
}

/** True if both are on the same target, whatever the Node. */
export function isSameTarget(one: Verdict, other: Verdict): boolean {
  return one.what === other.what && one.most === other.most;
}

function said(verdict: Verdict | undefined): string {
  if (verdict === undefined) return '–';
  const { measured, met, unanimous } = verdict;
  if (met === undefined) return measured;
  return `${measured}: ${met ? 'met' : 'MISSED'}${unanimous ? '' : ', not in every round'}`;
}
