import { type Contest, entrantOf, type Figure, namesOf, type Scene } from '../contest';
import type { RoundMeasurement } from '../rounds';
import { formatSpread, formatValue, headOf, layOut, title } from './format';
import { ratioOf, scenesOf, spreadOf, variantsOf } from './summary';

/** Returns all figures and ratios as Markdown, with one table for each scene. */
export function tables(contest: Contest, measurements: readonly RoundMeasurement[]): string {
  return scenesOf(measurements)
    .map((scene) => table(contest, measurements, scene))
    .join('\n\n');
}

/** Returns tables of the first figure's medians by size of turns and by Node, if several were measured. */
export function overview(contest: Contest, measurements: readonly RoundMeasurement[]): string[] {
  const figure = contest.figures[0] as Figure;
  const scenes = scenesOf(measurements).filter(({ perTurn, node }) => perTurn !== undefined || node !== undefined);
  const counts = [...new Set(scenes.map(({ clients }) => clients))];
  return counts.map((clients) => {
    const columns = scenes.filter((scene) => scene.clients === clients);
    const cell = (variant: string, scene: Scene) => {
      const found = spreadOf(measurements, scene, variant, figure.key);
      return found ? formatValue(figure, found.median) : '–';
    };
    const isTurns = columns.some(({ perTurn }) => perTurn !== undefined);
    const conditions = isTurns ? `${title({ clients })}, events a turn:` : `${title({ clients })}, ${headOf(figure)}`;
    return layOut([
      [conditions, ...columns.map(headOfColumn)],
      ...variantsOf(measurements).map((variant) => [
        entrantOf(contest, variant).title,
        ...columns.map((scene) => cell(variant, scene)),
      ]),
    ]);
  });
}

function headOfColumn({ perTurn, node, library }: Scene): string {
  const words = [perTurn?.toString(), node && `Node ${node}`, library];
  return words.filter((word) => word !== undefined).join(', ');
}

function table(contest: Contest, measurements: readonly RoundMeasurement[], scene: Scene): string {
  const present = variantsOf(measurements);
  const comparisons = contest.comparisons.filter(({ base }) => namesOf(base).every((name) => present.includes(name)));
  const head = [title(scene), ...contest.figures.map(headOf), ...comparisons.map(({ column }) => column)];
  const rows = sortedVariants(contest, measurements, scene).map((variant) => [
    entrantOf(contest, variant).title,
    ...contest.figures.map((figure) => {
      const found = spreadOf(measurements, scene, variant, figure.key);
      return found ? formatSpread(found, (value) => formatValue(figure, value)) : '–';
    }),
    ...comparisons.map(({ figure, base }) => {
      const found = ratioOf(measurements, scene, variant, figure, base);
      return found ? formatSpread(found) : '–';
    }),
  ]);
  return layOut([head, ...rows]);
}

/** Returns the variants of a scene, sorted by the median of the first figure. */
function sortedVariants(contest: Contest, measurements: readonly RoundMeasurement[], scene: Scene): string[] {
  const { key } = contest.figures[0] as Figure;
  return variantsOf(measurements)
    .flatMap((variant) => {
      const found = spreadOf(measurements, scene, variant, key);
      return found ? [{ variant, median: found.median }] : [];
    })
    .sort((a, b) => a.median - b.median)
    .map(({ variant }) => variant);
}
