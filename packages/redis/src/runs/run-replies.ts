import type { Outcome, RunClaimed, RunRecord, RunWritten } from '@pushwire/core/backplanes';

/** A record, as the scripts return it. */
type RecordReply = readonly [
  epoch: string,
  head: string,
  startedAt: string,
  key: string | null,
  endedAt: string | null,
  outcome: string | null,
];

export function parseRecord(reply: unknown): RunRecord | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [epoch, head, startedAt, key, endedAt, ended] = reply as unknown as RecordReply;
  const record = { epoch, head: Number(head), startedAt: Number(startedAt), ...(key !== null && { key }) };
  if (ended === null) return { status: 'running', ...record };
  const outcome: Outcome = JSON.parse(ended);
  return { status: outcome.outcome, ...record, endedAt: Number(endedAt), outcome };
}

/** A reason that is `null` was not given. */
const stopOf = (reason: string | null) => (reason === null ? {} : { stop: reason });

export function parseClaimed(reply: unknown): RunClaimed {
  const [kind, about, stop = null] = reply as [RunClaimed['kind'], string, string | null];
  if (kind === 'claimed') return { kind, epoch: about, ...stopOf(stop) };
  return { kind, record: parseRecord(about) as RunRecord };
}

/** The reply to a write, and the number of processes that have heard of it. */
export function parseWritten(reply: unknown): { readonly written: RunWritten; readonly heard: number } {
  const [kind, about = null, heard = 1] = reply as [RunWritten['kind'], unknown, number | undefined];
  if (kind === 'written') return { written: { kind, ...stopOf(about as string | null) }, heard: Number(heard) };
  const record = parseRecord(about);
  return { written: { kind, ...(record && { record }) }, heard: 1 };
}
