import { createHash } from 'node:crypto';

// What clients must have seen, by PROTOCOL.md alone: nothing of the library is used to check it.

/** What was published to some channels, in its order. */
export class Published {
  readonly #texts = new Map<string, string[]>();

  /** @param kept how many messages of each channel the server keeps; `Infinity` allows no gaps. */
  constructor(readonly kept = Number.POSITIVE_INFINITY) {}

  /** To be called before it is published, so that no client can be sooner. */
  add(channel: string, data: unknown): void {
    this.#of(channel).push(JSON.stringify(data));
  }

  head(channel: string): number {
    return this.#of(channel).length;
  }

  /** The data of a message, as JSON; offsets count from 1. */
  at(channel: string, offset: number): string | undefined {
    return this.#of(channel)[offset - 1];
  }

  #of(channel: string): string[] {
    const texts = this.#texts.get(channel) ?? [];
    this.#texts.set(channel, texts);
    return texts;
  }
}

/** A gap as it is announced. */
export interface AnnouncedGap {
  readonly reason: string;
  readonly missed?: number;
  readonly cursor: string;
}

/** What one client has seen over all of its connections. Each method throws where it must not see that. */
export interface History {
  readonly subscribed: boolean;
  readonly messages: number;
  readonly gaps: number;
  /** The client is told where it stands: the first time it begins there, later it must be where it knows to be. */
  stands(cursor: string): void;
  message(cursor: string, data: unknown): void;
  gap(gap: AnnouncedGap): void;
  /** At the end, when nothing is on its way any more. */
  expectComplete(): void;
}

/**
 * The history of a client of logs that live but once: everything since it subscribed once and in order, or an announced gap that
 * covers exactly what it missed.
 */
export class SeenHistory implements History {
  messages = 0;
  gaps = 0;
  missed = 0;
  /** The offset of the last message of each channel that is behind the client; none before it has subscribed. */
  #behind: readonly number[] | undefined;

  constructor(
    readonly published: Published,
    readonly channels: readonly string[],
  ) {}

  get subscribed(): boolean {
    return this.#behind !== undefined;
  }

  stands(cursor: string): void {
    const told = offsetsOf(cursor, this.channels);
    this.#behind ??= told;
    if (`${told}` !== `${this.#behind}`) fail(`told to stand at ${told}, but it was at ${this.#behind}`);
  }

  message(cursor: string, data: unknown): void {
    const [before, after] = [this.#known(), offsetsOf(cursor, this.channels)];
    const moved = after.flatMap((offset, i) => (offset === before[i] ? [] : [i]));
    if (moved.length === 0) fail(`something came again at ${before}`);
    if (moved.length !== 1) fail(`a message led from ${before} to ${after}`);
    const [at] = moved as [number];
    const [channel, offset, last] = [this.channels[at] as string, after[at] as number, before[at] as number];
    if (offset < last) fail(`${channel} ${offset} came again, after ${last}`);
    if (offset > last + 1) fail(`${channel} ${last + 1} to ${offset - 1} are lost in silence`);
    const text = JSON.stringify(data);
    if (text !== this.published.at(channel, offset)) fail(`${channel} ${offset} is not what was published: ${text}`);
    this.#behind = after;
    this.messages++;
  }

  gap({ reason, missed, cursor }: AnnouncedGap): void {
    const [before, after] = [this.#known(), offsetsOf(cursor, this.channels)];
    let gone = 0;
    for (const [i, channel] of this.channels.entries()) {
      const [from, to] = [before[i] as number, after[i] as number];
      if (to < from) fail(`a gap leads ${channel} back from ${from} to ${to}`);
      const evicted = this.published.head(channel) - this.published.kept;
      if (to > from && to > evicted) fail(`a gap of ${channel} up to ${to}, but only ${evicted} are gone`);
      gone += to - from;
    }
    if (gone === 0) fail('a gap without anything missing');
    if (reason !== 'evicted' || missed !== gone) fail(`a gap of ${missed} (${reason}), but ${gone} are missing`);
    this.#behind = after;
    this.gaps++;
    this.missed += gone;
  }

  expectComplete(): void {
    const [seen, heads] = [this.#known(), this.channels.map((channel) => this.published.head(channel))];
    if (`${seen}` !== `${heads}`) fail(`it has seen up to ${seen}, and ${heads} was published`);
  }

  #known(): readonly number[] {
    return this.#behind ?? fail('something came before the client was told where it stands');
  }
}

/** A place in a channel's log. */
export interface Place {
  readonly epoch: string;
  readonly offset: number;
}

/** The place in each channel, by a cursor (PROTOCOL.md, section 2). */
export function placesOf(cursor: string, channels: readonly string[]): readonly Place[] {
  const parts = (cursor.split('!')[0] as string).split('~').map((part) => part.split('.'));
  const place = (part: string[] | undefined): Place => {
    const [epoch, offset] = part?.slice(-2) ?? fail(`no place for it in ${cursor}`);
    return { epoch: epoch as string, offset: Number(offset) };
  };
  if (channels.length === 1 && parts.length === 1) return [place(parts[0])];
  return channels.map((channel) => place(parts.find(([tag]) => tag === tagOf(channel))));
}

/** The offset in each channel, by a cursor. */
const offsetsOf = (cursor: string, channels: readonly string[]) =>
  placesOf(cursor, channels).map(({ offset }) => offset);

/** What names a channel in a cursor of several. */
export const tagOf = (channel: string) => createHash('sha256').update(channel).digest('base64url').slice(0, 6);

/** @throws WrongHistory */
export function fail(what: string): never {
  throw new WrongHistory(what);
}

/** A client has seen what it must not see, or the other way round. */
export class WrongHistory extends Error {}
