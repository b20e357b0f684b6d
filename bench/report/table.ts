import { type Contest, entrantOf, type Figure, type Scene } from '../contest';
import type { RoundMeasurement } from '../rounds';
import { formatSpread, formatValue, headOf, layOut, title } from './format';
import { ratioOf, scenesOf, spreadOf, variantsOf } from './summary';

/** Returns all figures and ratios as Markdown, with one table for each scene. */
export function tables(contest: Contest, measurements: readonly RoundMeasurement[]): string {
  return scenesOf(measurements)
    .map((scene) => table(contest, measurements, scene))
    .join('\n\n');
}

/** Returns tables of the first figure's medians by size of turns, if sizes were measured. */
export function overview(contest: Contest, measurements: readonly RoundMeasurement[]): string[] {
  const figure = contest.figures[0] as Figure;
  const scenes = scenesOf(measurements).filter(({ perTurn }) => perTurn !== undefined);
  const counts = [...new Set(scenes.map(({ clients }) => clients))];
  return counts.map((clients) => {
    const sizes = scenes.filter((scene) => scene.clients === clients);
    const cell = (variant: string, scene: Scene) => {
      const found = spreadOf(measurements, scene, variant, figure.key);
      return found ? formatValue(figure, found.median) : '–';
    };
    return layOut([
      [`${title({ clients })}, events a turn:`, ...sizes.map(({ perTurn }) => String(perTurn))],
      ...variantsOf(measurements).map((variant) => [
        entrantOf(contest, variant).title,
        ...sizes.map((scene) => cell(variant, scene)),
      ]),
    ]);
  });
}

function table(contest: Contest, measurements: readonly RoundMeasurement[], scene: Scene): string {
  const present = variantsOf(measurements);
  const comparisons = contest.comparisons.filter(({ base }) => present.includes(base));
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
