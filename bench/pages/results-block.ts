import { contests } from '../contests';
import { layOut } from '../report/format';
import { readResult } from '../report/results';
import { isSameTarget, judge, targetTable, type Verdict } from '../report/targets';

/** The latest run of each part: when, where, and with what verdicts. */
export function resultsTable(folder: string): string {
  const rows = contests.flatMap((contest) => {
    const result = readResult(folder, contest);
    if (result === undefined) return [];
    const verdicts = judge(contest, result.measurements);
    const count = (met: boolean) =>
      contest.targets.length === 0 ? '–' : String(verdicts.filter((one) => one.met === met).length);
    const links = ['md', 'svg', 'json'].map((ending) => `results/${contest.name}.${ending}`);
    const [tables, chart, data] = links;
    const { cpu, node } = result.machine;
    return [
      [
        `\`${contest.name}\``,
        `${result.date}, ${cpu.replaceAll(/\(R\)| Processor/g, '')}, Node ${node.replaceAll('v', '')}`,
        count(true),
        count(false),
        `[tables](${tables}), [chart](${chart}), [data](${data})`,
      ],
    ];
  });
  return layOut([['Part', 'measured', 'met', 'missed', ''], ...rows]);
}

/** The targets that the latest runs have missed on some Node, with what they measured on each. */
export function missedTable(folder: string): string {
  const missed = contests.flatMap((contest) => {
    const result = readResult(folder, contest);
    if (result === undefined) return [];
    const verdicts = judge(contest, result.measurements);
    const isMissed = (one: Verdict) => verdicts.some((other) => other.met === false && isSameTarget(one, other));
    // A part that ran on one Node names it too, since others ran on several.
    return verdicts.filter(isMissed).map((one) => ({ node: result.machine.node.replace('v', ''), ...one }));
  });
  return missed.length === 0 ? 'None.' : targetTable(missed);
}
