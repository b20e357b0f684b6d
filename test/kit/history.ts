import { createHash } from 'node:crypto';

// Checks the things that clients must have seen by PROTOCOL.md alone, without code of the library.

/** The messages published to some channels, in order. */
export class Published {
  readonly #texts = new Map<string, string[]>();

  /** @param kept the number of messages the server keeps per channel. `Infinity` allows no gaps. */
  constructor(readonly kept = Number.POSITIVE_INFINITY) {}

  /** Must be called before the publish, so that no client can see the message earlier. */
  add(channel: string, data: unknown): void {
    this.#of(channel).push(JSON.stringify(data));
  }

  head(channel: string): number {
    return this.#of(channel).length;
  }

  /** A message's data as JSON. Offsets count from 1. */
  at(channel: string, offset: number): string | undefined {
    return this.#of(channel)[offset - 1];
  }

  #of(channel: string): string[] {
    const texts = this.#texts.get(channel) ?? [];
    this.#texts.set(channel, texts);
    return texts;
  }
}

/** A gap as announced to the client. */
export interface AnnouncedGap {
  readonly reason: string;
  readonly missed?: number;
  readonly cursor: string;
}

/** The things one client has seen on all of its connections. Each method throws on a violation. */
export interface History {
  readonly subscribed: boolean;
  readonly messages: number;
  readonly gaps: number;
  /** Takes the position the client was told. The first is its start, others must equal its own. */
  stands(cursor: string): void;
  message(cursor: string, data: unknown): void;
  gap(gap: AnnouncedGap): void;
  /** Checks the end, when nothing is under way any more. */
  expectComplete(): void;
}

/**
 * The history of one client when each log has a single life. Since it subscribed, it must see every
 * message once and in order, or an announced gap that covers exactly what it missed.
 */
export class SeenHistory implements History {
  messages = 0;
  gaps = 0;
  missed = 0;
  /** The offset of each channel's last message the client has seen, once it has subscribed. */
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
    if (`${told}` !== `${this.#behind}`) fail(`the client was told it is at ${told}, but it was at ${this.#behind}`);
  }

  message(cursor: string, data: unknown): void {
    const [before, after] = [this.#known(), offsetsOf(cursor, this.channels)];
    const moved = after.flatMap((offset, i) => (offset === before[i] ? [] : [i]));
    if (moved.length === 0) fail(`a message repeats the position ${before}`);
    if (moved.length !== 1) fail(`a message moved from ${before} to ${after}`);
    const [at] = moved as [number];
    const [channel, offset, last] = [this.channels[at] as string, after[at] as number, before[at] as number];
    if (offset < last) fail(`${channel} ${offset} came again after ${last}`);
    if (offset > last + 1) fail(`${channel} ${last + 1} to ${offset - 1} are missing without a gap`);
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
      if (to < from) fail(`a gap moves ${channel} back from ${from} to ${to}`);
      const evicted = this.published.head(channel) - this.published.kept;
      if (to > from && to > evicted) fail(`a gap of ${channel} up to ${to}, but only ${evicted} are evicted`);
      gone += to - from;
    }
    if (gone === 0) fail('a gap, but nothing is missing');
    if (reason !== 'evicted' || missed !== gone) fail(`a gap of ${missed} (${reason}), but ${gone} are missing`);
    this.#behind = after;
    this.gaps++;
    this.missed += gone;
  }

  expectComplete(): void {
    const [seen, heads] = [this.#known(), this.channels.map((channel) => this.published.head(channel))];
    if (`${seen}` !== `${heads}`) fail(`the client has seen up to ${seen}, but ${heads} was published`);
  }

  #known(): readonly number[] {
    return this.#behind ?? fail('something came before the client was told its position');
  }
}

/** A place in a channel's log. */
export interface Place {
  readonly epoch: string;
  readonly offset: number;
}

/** A cursor's place in each channel (PROTOCOL.md, section 2). */
export function placesOf(cursor: string, channels: readonly string[]): readonly Place[] {
  const parts = (cursor.split('!')[0] as string).split('~').map((part) => part.split('.'));
  const place = (part: string[] | undefined): Place => {
    const [epoch, offset] = part?.slice(-2) ?? fail(`${cursor} has no place for a channel`);
    return { epoch: epoch as string, offset: Number(offset) };
  };
  if (channels.length === 1 && parts.length === 1) return [place(parts[0])];
  return channels.map((channel) => place(parts.find(([tag]) => tag === tagOf(channel))));
}

/** A cursor's offset in each channel. */
const offsetsOf = (cursor: string, channels: readonly string[]) =>
  placesOf(cursor, channels).map(({ offset }) => offset);

/** The tag of a channel in a cursor of several channels. */
export const tagOf = (channel: string) => createHash('sha256').update(channel).digest('base64url').slice(0, 6);

/** @throws {WrongHistory} always. */
export function fail(what: string): never {
  throw new WrongHistory(what);
}

/** A client saw what it must not see, or missed what it must see. */
export class WrongHistory extends Error {}
