import { type AnnouncedGap, fail, type History, type Place, placesOf } from './history';
import type { Ledger } from './ledger';

/** The place in one channel that a gap led to. */
interface Landing extends Place {
  readonly channel: string;
}

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

  constructor(
    readonly ledger: Ledger,
    readonly channels: readonly string[],
  ) {
    this.#left = channels.map(() => new Set());
  }

  get subscribed(): boolean {
    return this.#behind !== undefined;
  }

  stands(cursor: string): void {
    const told = placesOf(cursor, this.channels);
    this.#behind ??= told;
    if (shown(told) !== shown(this.#behind))
      fail(`the client was told it is at ${shown(told)}, but it was at ${this.#shown}`);
  }

  message(cursor: string, data: unknown): void {
    const [before, after] = [this.#known(), placesOf(cursor, this.channels)];
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
    this.#behind = after;
    this.messages++;
  }

  gap({ reason, missed, cursor }: AnnouncedGap): void {
    const [before, after] = [this.#known(), placesOf(cursor, this.channels)];
    const reasons = new Set<string>();
    let evicted = 0;
    for (const [i, channel] of this.channels.entries()) {
      const [from, to] = [before[i] as Place, after[i] as Place];
      if (isSame(from, to)) continue;
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
    const known = reasons.has('epoch') ? undefined : evicted;
    if (!reasons.has(reason) || missed !== known) {
      fail(`a gap of ${missed} (${reason}), expected one of ${known} (${[...reasons]})`);
    }
    this.#behind = after;
    this.gaps++;
    if (reasons.has('epoch')) this.epochGaps++;
  }

  expectComplete(): void {
    const [seen, ends] = [this.#known(), this.channels.map((channel) => this.ledger.end(channel))];
    if (shown(seen) !== shown(ends)) fail(`the client has seen up to ${shown(seen)}, but ${shown(ends)} was published`);
    // Only now is it known how far each life went.
    for (const { channel, epoch, offset } of this.#landings) {
      const evicted = Math.max(0, this.ledger.head(channel, epoch) - this.ledger.kept);
      if (offset > evicted) fail(`a gap of ${channel} up to ${epoch}.${offset}, but only ${evicted} are evicted`);
    }
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
