import type { Fault } from '../redis/harm';

/** The faults in the order of time, and now, in ms since the beginning. */
export function story(faults: readonly Fault[], begunAt: number): string {
  const lines: [number, string][] = [
    [begunAt, `is ${begunAt}`],
    [Date.now(), 'now'],
  ];
  for (const { kind, from, to, node } of faults) {
    const name = `${kind} ${node?.name ?? ''}`;
    if (kind === 'stall') lines.push([from, `${name}, for ${to - from} ms`]);
    else lines.push([from, name], [to, `end of ${name}`]);
  }
  return lines
    .sort(([a], [b]) => a - b)
    .map(([at, what]) => `${at - begunAt} ${what}`)
    .join('\n');
}
