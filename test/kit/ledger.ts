import { fail, type Place } from './history';

// What was published to logs that may begin new lives, and what their ids were seen to name. Nothing of the library is used.

/** What a publisher knows of a publish. */
export type Outcome = 'acknowledged' | 'rejected' | 'unconfirmed';

interface Publish {
  readonly channel: string;
  outcome: Outcome | undefined;
  /** Where it was acknowledged or seen. */
  place: Place | undefined;
}

/** All that was published, and where it was seen. Each method throws where something cannot be true together. */
export class Ledger {
  readonly outcomes: Record<Outcome, number> = { acknowledged: 0, rejected: 0, unconfirmed: 0 };
  /** By the message's text, which is of one publish alone. */
  readonly #publishes = new Map<string, Publish>();
  /** The text that an id names. */
  readonly #texts = new Map<string, string>();
  /** For each channel its lives in the order in which they were met, with the greatest offset that was. */
  readonly #heads = new Map<string, Map<string, number>>();
  /** The place in each channel of what was acknowledged last. */
  readonly #last = new Map<string, Place>();

  /** @param kept how many messages of each channel are kept; `Infinity` allows no eviction. */
  constructor(readonly kept = Number.POSITIVE_INFINITY) {}

  /** To be called before it is published, so that no client can be sooner. */
  begin(channel: string, data: unknown): void {
    const text = JSON.stringify(data);
    if (this.#publishes.has(text)) fail(`${short(text)} would be published twice`);
    this.#publishes.set(text, { channel, outcome: undefined, place: undefined });
  }

  acknowledged(channel: string, data: unknown, place: Place): void {
    this.#settle(data, 'acknowledged');
    this.names(channel, place, data);
    this.#last.set(channel, place);
  }

  /** It is certain that it was not published. */
  rejected(data: unknown): void {
    const { place } = this.#settle(data, 'rejected');
    if (place) fail(`${short(JSON.stringify(data))} was rejected, but seen before that`);
  }

  /** Nobody knows whether it was published. */
  unconfirmed(data: unknown): void {
    this.#settle(data, 'unconfirmed');
  }

  /** Somebody has seen, or was told, that an id names a message. */
  names(channel: string, place: Place, data: unknown): void {
    const text = JSON.stringify(data);
    const id = `${place.epoch}.${place.offset}`;
    const publish = this.#publishes.get(text);
    if (publish?.channel !== channel) fail(`${channel} ${id} is what was never published there: ${short(text)}`);
    if (publish.outcome === 'rejected') fail(`${channel} ${id} was rejected: ${short(text)}`);
    const { place: known } = publish;
    if (known && (known.epoch !== place.epoch || known.offset !== place.offset)) {
      fail(`${short(text)} is in ${channel} as ${known.epoch}.${known.offset} and again as ${id}`);
    }
    publish.place = place;
    const other = this.#texts.get(`${channel} ${id}`) ?? text;
    if (other !== text) fail(`${channel} ${id} names both ${short(other)} and ${short(text)}`);
    this.#texts.set(`${channel} ${id}`, text);
    const heads = this.#headsOf(channel);
    heads.set(place.epoch, Math.max(place.offset, heads.get(place.epoch) ?? 0));
  }

  /** The greatest offset that was met in a life. */
  head(channel: string, epoch: string): number {
    return this.#headsOf(channel).get(epoch) ?? 0;
  }

  /** Lives of the channel in which something was published. */
  lives(channel: string): number {
    return this.#headsOf(channel).size;
  }

  /** The life in which the last publish was acknowledged, and the end of what was met in it. */
  end(channel: string): Place {
    const { epoch } = this.#last.get(channel) ?? fail(`nothing was acknowledged in ${channel}`);
    return { epoch, offset: this.head(channel, epoch) };
  }

  #settle(data: unknown, outcome: Outcome): Publish {
    const text = JSON.stringify(data);
    const publish = this.#publishes.get(text) ?? fail(`${short(text)} was never begun`);
    if (publish.outcome) fail(`${short(text)} was ${publish.outcome} before it was ${outcome}`);
    publish.outcome = outcome;
    this.outcomes[outcome]++;
    return publish;
  }

  #headsOf(channel: string): Map<string, number> {
    const heads = this.#heads.get(channel) ?? new Map<string, number>();
    this.#heads.set(channel, heads);
    return heads;
  }
}

const short = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
