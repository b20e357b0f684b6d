import { type AnnouncedGap, fail, type History, type Place, placesOf } from './history';
import type { Ledger } from './ledger';

/** The place in one channel that a gap led to. */
interface Landing extends Place {
  readonly channel: string;
}

/** A place where nothing was published yet, from which a client went on without a gap. */
interface QuietBeginning {
  readonly channel: string;
  /** The number of publishes that had begun when the client was told the place. */
  readonly since: number;
  readonly epoch: string;
}

/** True for the beginning of a channel that has no log yet. Its log gets another epoch. */
const isQuiet = ({ epoch, offset }: Place) => offset === 0 && /^-[\da-z]{15}$/.test(epoch);

/**
 * The history of one client when logs may begin new lives. Since it subscribed, it must see every
 * message of a life once and in order, or an announced gap. A gap within a life covers exactly the
 * evicted messages. A gap into another life covers all that the client missed of the former one.
 */
export class EpochHistory implements History {
  messages = 0;
  gaps = 0;
  /** Gaps that led into another life. */
  epochGaps = 0;
  /** The place of each channel's last message the client has seen, once it has subscribed. */
  #behind: readonly Place[] | undefined;
  /** The lives of each channel that the client has left. */
  readonly #left: readonly Set<string>[];
  readonly #landings: Landing[] = [];
  /** The number of publishes that had begun when the client was told each place. */
  readonly #since: number[];
  readonly #beginnings: QuietBeginning[] = [];

  constructor(
    readonly ledger: Ledger,
    readonly channels: readonly string[],
  ) {
    this.#left = channels.map(() => new Set());
    this.#since = channels.map(() => 0);
  }

  get subscribed(): boolean {
    return this.#behind !== undefined;
  }

  stands(cursor: string): void {
    const told = placesOf(cursor, this.channels);
    if (this.#behind === undefined) this.#goTo(told);
    this.#behind = this.#carriedTo(told);
    if (shown(told) !== shown(this.#behind))
      fail(`the client was told it is at ${shown(told)}, but it was at ${this.#shown}`);
  }

  message(cursor: string, data: unknown): void {
    const after = placesOf(cursor, this.channels);
    const before = this.#carriedTo(after);
    const moved = after.flatMap((place, i) => (isSame(place, before[i] as Place) ? [] : [i]));
    if (moved.length === 0) fail(`a message repeats the position ${this.#shown}`);
    if (moved.length !== 1) fail(`a message moved from ${this.#shown} to ${shown(after)}`);
    const [at] = moved as [number];
    const [channel, place, last] = [this.channels[at] as string, after[at] as Place, before[at] as Place];
    if (place.epoch !== last.epoch) fail(`${channel} went from ${shown([last])} to ${shown([place])} without a gap`);
    if (place.offset < last.offset) fail(`${channel} ${place.offset} came again after ${last.offset}`);
    if (place.offset > last.offset + 1) {
      fail(`${channel} ${last.offset + 1} to ${place.offset - 1} are missing without a gap`);
    }
    this.ledger.names(channel, place, data);
    this.#goTo(after);
    this.messages++;
  }

  gap({ reason, missed, cursor }: AnnouncedGap): void {
    const [before, after] = [this.#known(), placesOf(cursor, this.channels)];
    const reasons = new Set<string>();
    let evicted = 0;
    let isUncertain = false;
    for (const [i, channel] of this.channels.entries()) {
      const [from, to] = [before[i] as Place, after[i] as Place];
      if (isSame(from, to)) continue;
      // Only Redis knows whether something else was published before this life.
      if (isQuiet(from)) {
        isUncertain = true;
        reasons.add('epoch').add('evicted');
        evicted += to.offset;
        this.#landings.push({ channel, ...to });
        continue;
      }
      if (from.epoch !== to.epoch) {
        if (this.#left[i]?.has(to.epoch)) fail(`${channel} is back in the life ${to.epoch}, which it had left`);
        this.#left[i]?.add(from.epoch);
        reasons.add('epoch');
      } else {
        if (to.offset < from.offset) fail(`a gap moves ${channel} back from ${from.offset} to ${to.offset}`);
        evicted += to.offset - from.offset;
        reasons.add('evicted');
      }
      this.#landings.push({ channel, ...to });
    }
    if (reasons.size === 0) fail('a gap, but nothing is missing');
    const known = reasons.has('epoch') && !(isUncertain && missed !== undefined) ? undefined : evicted;
    if (!reasons.has(reason) || missed !== known) {
      fail(`a gap of ${missed} (${reason}), expected one of ${known} (${[...reasons]})`);
    }
    this.#goTo(after);
    this.gaps++;
    if (reason === 'epoch') this.epochGaps++;
  }

  expectComplete(): void {
    const [seen, ends] = [this.#known(), this.channels.map((channel) => this.ledger.end(channel))];
    if (shown(seen) !== shown(ends)) fail(`the client has seen up to ${shown(seen)}, but ${shown(ends)} was published`);
    for (const { channel, since, epoch } of this.#beginnings) {
      const life = this.ledger.lifeBetween(channel, since, epoch);
      if (life) fail(`${channel} went on from nothing to ${epoch} without a gap, but ${life} was in between`);
    }
    // Only now is it known how far each life went.
    for (const { channel, epoch, offset } of this.#landings) {
      const evicted = Math.max(0, this.ledger.head(channel, epoch) - this.ledger.kept);
      if (offset > evicted) fail(`a gap of ${channel} up to ${epoch}.${offset}, but only ${evicted} are evicted`);
    }
  }

  #goTo(places: readonly Place[]): void {
    for (const [i, place] of places.entries()) {
      const former = this.#behind?.[i];
      if (former === undefined || !isSame(former, place)) this.#since[i] = this.ledger.begun;
    }
    this.#behind = places;
  }

  /** The client's places, in the epochs that the beginnings without a log have at `after`. */
  #carriedTo(after: readonly Place[]): readonly Place[] {
    return this.#known().map((place, i) => {
      const { epoch } = after[i] as Place;
      if (!isQuiet(place) || epoch === place.epoch) return place;
      this.#beginnings.push({ channel: this.channels[i] as string, since: this.#since[i] as number, epoch });
      return { epoch, offset: 0 };
    });
  }

  get #shown(): string {
    return shown(this.#known());
  }

  #known(): readonly Place[] {
    return this.#behind ?? fail('something came before the client was told its position');
  }
}

const isSame = (one: Place, other: Place) => one.epoch === other.epoch && one.offset === other.offset;

const shown = (places: readonly Place[]) => places.map(({ epoch, offset }) => `${epoch}.${offset}`).join(', ');
