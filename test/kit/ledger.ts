import { fail, type Place } from './history';

// Tracks publishes to logs that may begin new lives. The check uses nothing of the library.

/** The outcome of a publish, as its publisher knows it. */
export type Outcome = 'acknowledged' | 'rejected' | 'unconfirmed';

interface Publish {
  readonly channel: string;
  /** Its number in the order in which all publishes began. */
  readonly number: number;
  outcome: Outcome | undefined;
  /** The places at which it was acknowledged or seen, by their lives. */
  readonly places: Map<string, Place>;
  /** True if it is repeated with an idempotency key, so that each life may have it once. */
  readonly hasKey: boolean;
}

/** All publishes, and the places where they were seen. Each method throws on a contradiction. */
export class Ledger {
  readonly outcomes: Record<Outcome, number> = { acknowledged: 0, rejected: 0, unconfirmed: 0 };
  /** By the message's text, which is unique to a publish. */
  readonly #publishes = new Map<string, Publish>();
  /** The text that an id names. */
  readonly #texts = new Map<string, string>();
  /** The lives of each channel in the order of discovery, each with its greatest offset. */
  readonly #heads = new Map<string, Map<string, number>>();
  /** The numbers of the first and the last publish that is known in each life. */
  readonly #spans = new Map<string, Map<string, { first: number; last: number }>>();
  #begun = 0;
  /** The place of each channel's last acknowledged message. */
  readonly #last = new Map<string, Place>();

  /** @param kept the number of messages kept per channel. `Infinity` allows no eviction. */
  constructor(readonly kept = Number.POSITIVE_INFINITY) {}

  /** Must be called before the publish, so that no client can see the message earlier. */
  begin(channel: string, data: unknown, hasKey = false): void {
    const text = JSON.stringify(data);
    if (this.#publishes.has(text)) fail(`${short(text)} is published twice`);
    const publish = { channel, number: ++this.#begun, outcome: undefined, places: new Map(), hasKey };
    this.#publishes.set(text, publish);
  }

  acknowledged(channel: string, data: unknown, place: Place): void {
    this.#settle(data, 'acknowledged');
    this.names(channel, place, data);
    this.#last.set(channel, place);
  }

  /** Settles a publish with a key, whose acknowledgements {@link names} takes. */
  settled(data: unknown, outcome: Outcome): void {
    this.#settle(data, outcome);
  }

  /** Takes note that it was certainly not published. */
  rejected(data: unknown): void {
    const { places } = this.#settle(data, 'rejected');
    if (places.size > 0) fail(`${short(JSON.stringify(data))} was rejected, but had been seen`);
  }

  /** Takes note that nobody knows whether it was published. */
  unconfirmed(data: unknown): void {
    this.#settle(data, 'unconfirmed');
  }

  /** Takes note that an id names a message, as a client saw or a publisher was told. */
  names(channel: string, place: Place, data: unknown): void {
    const text = JSON.stringify(data);
    const id = `${place.epoch}.${place.offset}`;
    const publish = this.#publishes.get(text);
    if (publish?.channel !== channel) fail(`${channel} ${id} was never published there: ${short(text)}`);
    if (publish.outcome === 'rejected') fail(`${channel} ${id} was rejected: ${short(text)}`);
    const known = publish.hasKey ? publish.places.get(place.epoch) : [...publish.places.values()][0];
    if (known && (known.epoch !== place.epoch || known.offset !== place.offset)) {
      fail(`${short(text)} is in ${channel} as both ${known.epoch}.${known.offset} and ${id}`);
    }
    publish.places.set(place.epoch, place);
    const other = this.#texts.get(`${channel} ${id}`) ?? text;
    if (other !== text) fail(`${channel} ${id} names both ${short(other)} and ${short(text)}`);
    this.#texts.set(`${channel} ${id}`, text);
    const heads = this.#headsOf(channel);
    heads.set(place.epoch, Math.max(place.offset, heads.get(place.epoch) ?? 0));
    // A publish that is repeated may have begun long before the life that has it.
    if (publish.hasKey) return;
    const spans = this.#spans.get(channel) ?? new Map<string, { first: number; last: number }>();
    const { number } = publish;
    const { first, last } = spans.get(place.epoch) ?? { first: number, last: number };
    this.#spans.set(channel, spans.set(place.epoch, { first: Math.min(first, number), last: Math.max(last, number) }));
  }

  /** The greatest offset seen in a life. */
  head(channel: string, epoch: string): number {
    return this.#headsOf(channel).get(epoch) ?? 0;
  }

  /** The number of the channel's lives in which something was published. */
  lives(channel: string): number {
    return this.#headsOf(channel).size;
  }

  /** The number of publishes that have begun. */
  get begun(): number {
    return this.#begun;
  }

  /** Finds a life of a channel whose messages all were published in between. */
  lifeBetween(channel: string, since: number, epoch: string): string | undefined {
    const spans = this.#spans.get(channel) ?? new Map<string, { first: number; last: number }>();
    const before = spans.get(epoch)?.first ?? 0;
    return [...spans].find(([other, { last }]) => other !== epoch && last > since && last < before)?.[0];
  }

  /** The life of the last acknowledged publish, and the greatest offset seen in it. */
  end(channel: string): Place {
    const { epoch } = this.#last.get(channel) ?? fail(`nothing was acknowledged in ${channel}`);
    return { epoch, offset: this.head(channel, epoch) };
  }

  #settle(data: unknown, outcome: Outcome): Publish {
    const text = JSON.stringify(data);
    const publish = this.#publishes.get(text) ?? fail(`${short(text)} was never published`);
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
