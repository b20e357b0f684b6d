import type { Fault } from '../redis/harm';
import type { Attempt } from './attempt';
import type { Production } from './check';

/** Everything about a run, in the order of time. */
export function story(
  { key, begunAt, starts, stops, states, repeats, readers }: Attempt,
  faults: readonly Fault[],
  productions: ReadonlyMap<string, Production>,
): string {
  const lines: [number, string][] = [];
  for (const { kind, from, to, node } of faults)
    lines.push([from, `${kind} ${node?.name ?? ''}`], [to, `end of ${kind} ${node?.name ?? ''}`]);
  for (const [what, replies] of Object.entries({ starts, stops, states, repeats })) {
    for (const { node, askedAt, at, value } of replies)
      lines.push(
        [askedAt, `${node.name} is asked: ${what}`],
        [at, `${node.name} replies to ${what}: ${JSON.stringify(value)}`],
      );
  }
  for (const [id, one] of productions) {
    if (one.key !== key) continue;
    lines.push([one.begunAt, `${one.node.name} begins to produce ${id}`]);
    if (one.finishedAt)
      lines.push([one.finishedAt, `${one.node.name} has finished ${id} after ${one.generated} with ${one.status}`]);
  }
  for (const { name, ended, endedAt, endCursor, seen, last } of readers)
    lines.push([endedAt, `${name} ends with ${ended} at ${endCursor ?? ''} after ${seen.length} on ${last?.name}`]);
  return lines
    .sort(([a], [b]) => a - b)
    .map(([at, what]) => `${at - begunAt} ${what}`)
    .join('\n');
}
