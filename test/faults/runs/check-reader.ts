import { losing } from '../redis/harm';
import type { Case } from './check';
import type { HttpReader } from './http-reader';
import type { RunReader } from './reader';

/** What a reader has got of a run so far. */
interface Progress {
  epoch: string;
  offset: number;
  production: string;
  /** True if it was led to the next run. */
  isOvertaken: boolean;
  isWhole: boolean;
}

/** Nothing is missing, twice or in disorder, nothing comes after the end, and the end is told. */
export function checkReader(reader: RunReader, one: Case): void {
  const { attempt, isForgotten, say } = one;
  const { name, ended, failure, seen } = reader;
  if (ended === undefined) say(`${name} waits for ever after ${seen.length} messages`);
  if (failure) say(`${name}: ${failure}`);
  const progress = followed(reader, one);
  if (progress.isOvertaken && !isForgotten && attempt.stopping !== 'replaced') say(`${name} has got a gap`);
  if (ended === 'unknown' && !isForgotten) say(`${name} was told that there is no run`);
  checkEnd(reader, progress, one);
  checkStates(reader, progress, one);
}

function followed({ name, seen }: RunReader, { attempt, evidence, isForgotten, say }: Case): Progress {
  const { key, stopping } = attempt;
  // A reader without a cursor finds the run that has taken the place of this one, or the one before
  // where Redis has lost this one.
  const mayBeOther = stopping === 'replaced' || isForgotten;
  const [first] = seen;
  const isOther = mayBeOther && (first === undefined || ('id' in first && first.data.key !== key));
  const progress: Progress = { epoch: '', offset: 0, production: '', isOvertaken: false, isWhole: false };
  for (const item of seen) {
    if ('gap' in item) {
      Object.assign(progress, { epoch: '', offset: 0, production: '', isOvertaken: true, isWhole: false });
      continue;
    }
    const { id, data } = item;
    const [epoch = '', offset] = id.split('.');
    if (progress.epoch !== '' && epoch !== progress.epoch) say(`${name} has changed the run without a gap`);
    if (Number(offset) !== progress.offset + 1) say(`${name} has ${id} after the offset ${progress.offset}`);
    if (data.n !== Number(offset)) say(`${name} has message ${data.n} at ${id}`);
    if (progress.production !== '' && data.production !== progress.production)
      say(`${name} has messages of two producers`);
    if (data.key !== key && !progress.isOvertaken && !isOther) say(`${name} has messages of ${data.key}`);
    const text = JSON.stringify(data);
    if ((evidence.messages.get(id) ?? text) !== text) say(`${id} is ${evidence.messages.get(id)} and ${text}`);
    evidence.messages.set(id, text);
    Object.assign(progress, { epoch, offset: Number(offset), production: data.production, isWhole: data.isLast });
  }
  progress.isOvertaken ||= isOther;
  return progress;
}

/** What a reader was told of the end fits what it has got. */
function checkEnd(reader: RunReader, { epoch, offset, isOvertaken, isWhole }: Progress, one: Case): void {
  const { name, ended, endCursor, code, reason } = reader;
  const { attempt, own, codes, isForgotten, say } = one;
  const [endEpoch = '', endOffset] = (endCursor ?? '').split('!')[0]?.split('.') ?? [];
  // A run that is lost may have fewer messages than the reader.
  const isLess = ended === 'lost' && isForgotten;
  if (endOffset !== undefined && epoch !== '' && endEpoch !== epoch && ended !== 'lost')
    say(`${name} is told the end of ${endCursor} after ${epoch}.${offset}`);
  if (endOffset !== undefined && endEpoch === epoch && Number(endOffset) !== offset && !isLess)
    say(`${name} is told the end of ${endCursor} after ${epoch}.${offset}`);
  if (isOvertaken) return;
  const isPlanned = attempt.stopping === 'never' && attempt.stops.length === 0;
  if ((ended === 'completed' || (ended === 'clean' && isPlanned)) && !isWhole)
    say(`${name} was told that the run is complete, after ${offset} messages`);
  if (ended === 'failed' && code !== undefined && !codes.includes(code)) say(`${name} is told the failure ${code}`);
  const reasons = [`enough of ${attempt.key}`, ...(attempt.stopping === 'replaced' ? ['replaced'] : [])];
  const isOther = (attempt.stopping === 'replaced' || isForgotten) && offset === 0;
  if (ended === 'stopped' && endCursor && !reasons.includes(reason ?? '') && !isOther)
    say(`${name} is told that the run was stopped for ${reason}`);
  if (ended === 'completed' && own.some(({ status }) => status === 'failed')) say(`${name} has a failed run as whole`);
}

/** The state of the run fits what a reader has got. */
function checkStates(reader: RunReader, { epoch, offset, isOvertaken, isWhole }: Progress, one: Case): void {
  const [state] = one.attempt.states;
  const [known, head] = state?.value.head?.split('.') ?? [];
  if (known === undefined || isOvertaken || (epoch !== '' && known !== epoch)) return;
  const { name, repeated, repeatedAt, ended } = reader as HttpReader;
  const { attempt, evidence } = one;
  const isForgottenSince = evidence.faults.some(
    ({ kind, from, to }) => losing.includes(kind) && from <= repeatedAt && to >= attempt.begunAt,
  );
  if (offset !== Number(head) && !one.isForgotten) one.say(`${name} has ${offset} of ${head} messages`);
  if (state?.value.status === 'completed' && !isWhole && !one.isForgotten) one.say(`${name} has no last message`);
  if (repeated && repeated !== ended && !isForgottenSince) one.say(`${name} is told ${ended}, and then ${repeated}`);
}
