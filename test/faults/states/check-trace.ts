import { fail } from '../../kit/history';
import type { Chronicle, Entry, Note } from './chronicle';
import type { Step } from './trace';

/** All that is known of the log under one epoch. */
export class EpochView {
  /** The messages of each key, by their offsets. */
  readonly timelines = new Map<string, Entry[]>();
  readonly notes: ReadonlySet<Note>;
  /** The last messages of keys of which it is certain that they are. */
  readonly finals: readonly Entry[];

  constructor(readonly entries: ReadonlyMap<number, Entry>) {
    for (const entry of [...entries.values()].sort((a, b) => a.offset - b.offset))
      this.timelines.set(entry.key, [...(this.timelines.get(entry.key) ?? []), entry]);
    const end = Math.max(0, ...entries.keys()) + 1;
    this.finals = [...this.timelines.values()].flatMap((timeline) => {
      const last = timeline.at(-1) as Entry;
      return this.knowsBetween(last.offset, end) ? last : [];
    });
    this.notes = new Set([...entries.values()].map(({ note }) => note));
  }

  /** The newest message of a key up to an offset. */
  upTo(key: string, offset: number): Entry | undefined {
    return this.timelines.get(key)?.findLast((entry) => entry.offset <= offset);
  }

  /** True if every offset in between is known. */
  knowsBetween(after: number, before: number): boolean {
    for (let offset = after + 1; offset < before; offset++) if (!this.entries.has(offset)) return false;
    return true;
  }
}

export const viewsOf = (chronicle: Chronicle): ReadonlyMap<string, EpochView> =>
  new Map([...chronicle.epochs].map(([epoch, entries]) => [epoch, new EpochView(entries)]));

/** What a client had when it was told something. */
interface Standing {
  epoch: string;
  offset: number;
  shown: Map<string, Note>;
  incoming: Map<string, Note> | undefined;
  isAfterGap: boolean;
}

/** What is allowed in a trace. */
export interface Rules {
  /** True if deletions are forgotten soon, so that there are gaps in one life. */
  readonly mayEvict: boolean;
  /** True if values become too old. Nobody is told where their deletions are. */
  readonly mayVanish: boolean;
  /** The epoch at the end, of which each key's last message is known. */
  readonly last: string | undefined;
}

/**
 * Proves that a client was told each change in order, that each snapshot was the state at its
 * place, and that nothing was left out but what a later change has replaced.
 *
 * @throws {Error} for a violation.
 */
export function checkTrace(
  name: string,
  steps: readonly Step[],
  views: ReadonlyMap<string, EpochView>,
  rules: Rules,
): void {
  const one: Standing = { epoch: '', offset: 0, shown: new Map(), incoming: undefined, isAfterGap: false };
  for (const [i, step] of steps.entries()) {
    const say = (what: string) => {
      const before = steps.slice(Math.max(0, i - 6), i + 1).map((one) => JSON.stringify(one));
      fail(`${name}: ${what}, after\n${before.join('\n')}`);
    };
    if (step.kind === 'begun') Object.assign(one, { epoch: '', offset: 0, shown: new Map(), incoming: new Map() });
    else if (step.kind === 'connected') {
      if (one.epoch !== '') one.incoming = undefined;
      one.isAfterGap = false;
    } else if (step.kind === 'gap') {
      if (step.reason !== 'epoch' && !rules.mayEvict) say(`a gap because of ${step.reason}`);
      one.incoming = new Map();
      one.isAfterGap = true;
    } else if (step.kind === 'value') takeValue(one, step, views, rules, say);
    else takeSnapshot(one, step, views, rules, say);
  }
}

function takeValue(
  one: Standing,
  { key, note, place }: Step & { kind: 'value' },
  views: ReadonlyMap<string, EpochView>,
  { last }: Rules,
  say: (what: string) => never,
): void {
  const { incoming } = one;
  if (place === undefined) {
    if (incoming === undefined) say('a value without a place outside of a snapshot');
    incoming?.set(key, note);
    return;
  }
  // In the answer to a poll, messages of the log follow those of the snapshot.
  if (incoming) {
    incoming.set(key, note);
    return;
  }
  // An epoch of this kind is that of a state to which nobody had written yet.
  const isFirst = one.epoch.startsWith('-') && one.offset === 0;
  if (isFirst) Object.assign(one, { epoch: place.epoch, offset: 0 });
  if (one.epoch !== place.epoch) say(`it went from ${one.epoch} to ${place.epoch} without a gap`);
  if (place.offset <= one.offset) say(`${place.offset} came after ${one.offset}`);
  one.offset = place.offset;
  one.shown.set(key, note);
  if (place.epoch !== last) return;
  for (const final of (views.get(last) as EpochView).finals) {
    if (final.offset <= one.offset && one.shown.get(final.key) !== final.note)
      say(`it has ${one.shown.get(final.key)} as ${final.key}, which is ${final.note} since ${last}.${final.offset}`);
  }
}

function takeSnapshot(
  one: Standing,
  { place }: Step & { kind: 'whole' },
  views: ReadonlyMap<string, EpochView>,
  { mayVanish }: Rules,
  say: (what: string) => never,
): void {
  const values = one.incoming ?? new Map<string, Note>();
  if (place === undefined) say('a snapshot without a place');
  if (one.epoch === place.epoch && place.offset < one.offset) say(`${place.offset} came after ${one.offset}`);
  if (one.epoch !== '' && one.epoch !== place.epoch && !one.isAfterGap) say(`a new epoch without a gap`);
  Object.assign(one, { epoch: place.epoch, offset: place.offset, shown: values, incoming: undefined });
  const view = views.get(place.epoch);
  if (view === undefined) return;
  const end = Math.max(...view.entries.keys()) + 1;
  for (const [key, timeline] of view.timelines) {
    const at = view.upTo(key, place.offset);
    // The messages before this epoch are under another one.
    if (at === undefined || !view.knowsBetween(at.offset, place.offset + 1)) continue;
    const value = values.get(key);
    const notes = [at, ...timeline.filter(({ offset }) => offset > place.offset)].map(({ note }) => note);
    if (notes.includes(value) || (value === undefined && mayVanish)) continue;
    // It may be a later one that nobody was told of by its place.
    const mayBeLater = !view.knowsBetween(place.offset, end) || (value !== undefined && !isPlaced(value, views));
    if (!mayBeLater)
      say(`a snapshot at ${place.offset} has ${value} as ${key}, which is ${at.note} since ${at.offset}`);
  }
}

function isPlaced(note: Note, views: ReadonlyMap<string, EpochView>): boolean {
  return [...views.values()].some(({ notes }) => notes.has(note));
}
