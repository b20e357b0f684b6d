import { contests } from '../contests';
import { title } from '../report/format';
import { readResult } from '../report/results';
import { ratioOf, scenesOf, spreadOf } from '../report/summary';

/** A number that the bench has measured, and where it stands. */
export interface Figure {
  /** `NaN` until it is measured. */
  readonly value: number;
  readonly from: string;
}

/**
 * A search for one figure. The measurement with the most clients counts, on the first Node of several.
 */
export interface Query {
  readonly part: string;
  readonly variant: string;
  readonly figure: string;
  /** With a base, the figure is a ratio, taken within a round. */
  readonly base?: string;
  readonly clients?: number;
  readonly perTurn?: number;
  readonly library?: string;
}

/** Looks up the medians of the results in a folder. */
export class Figures {
  constructor(
    readonly folder: string,
    /** The folder as links of a page have it. */
    readonly link: string,
  ) {}

  get({ part, variant, figure, base, ...conditions }: Query): Figure {
    const contest = contests.find(({ name }) => name === part);
    if (contest === undefined) throw new TypeError(`the bench has no part ${part}`);
    const page = `[\`${part}\`](${this.link}/${part}.md)`;
    const result = readResult(this.folder, contest);
    const scenes = scenesOf(result?.measurements ?? [])
      .filter((scene) => Object.entries(conditions).every(([key, value]) => scene[key as keyof typeof scene] === value))
      .sort((a, b) => b.clients - a.clients);
    const [scene] = scenes;
    if (result === undefined || scene === undefined) return { value: Number.NaN, from: page };
    const { measurements } = result;
    const found = base
      ? ratioOf(measurements, scene, variant, figure, base)
      : spreadOf(measurements, scene, variant, figure);
    const { date, machine } = result;
    const cpu = machine.cpu.replaceAll(/\(R\)| Processor/g, '');
    const node = scene.node ?? machine.node.replace(/^v/, '');
    const from = `${page}, ${title({ clients: scene.clients })}, ${date}, ${cpu}, Node ${node}`;
    return { value: found?.median ?? Number.NaN, from };
  }
}
