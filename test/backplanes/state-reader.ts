import { isDeepStrictEqual } from 'node:util';
import type { ReceivedEvent } from '@pushwire/core/testing';
import { openStream, type StreamClient } from '../kit/stream-client';
import { until } from '../kit/until';

/** What a page without a library shows of a state, over connections to any server. */
export class StateReader {
  gaps = 0;
  #shown = new Map<string, unknown>();
  /** The values after a gap, until all have come. */
  #incoming = this.#shown;
  #cursor = '';
  #stream: StreamClient | undefined;
  #seen = 0;
  readonly #changes: string[] = [];
  #isLive = false;

  constructor(readonly kind: 'state' | 'presence' = 'state') {}

  /** Connects, or goes on elsewhere, and waits for the first event. It comes again while it has to. */
  async connect(url: string, state: string): Promise<void> {
    this.leave();
    await until('it is let in', () => this.#connect(url, state));
  }

  async #connect(url: string, state: string): Promise<boolean> {
    // Without a place, all values come anew.
    if (this.#cursor === '' || this.#cursor === 'start') this.#incoming = this.#shown = new Map();
    const query = new URLSearchParams({ [this.kind]: state, ...(this.#cursor && { cursor: this.#cursor }) });
    this.#seen = 0;
    this.#isLive = true;
    this.#stream = await openStream(`${url}?${query}`, false);
    if (this.#stream.status !== 200) throw new Error(`refused with ${this.#stream.status}`);
    await this.#stream.until(({ events }) => events().length > 0);
    return this.#stream.events()[0]?.event !== 'pushwire:retry';
  }

  get isConnected(): boolean {
    return this.#stream !== undefined;
  }

  leave(): void {
    this.#read();
    this.#stream?.leave();
    this.#stream = undefined;
  }

  /** Waits until it was told of a gap. */
  async hasGap(): Promise<void> {
    const hasGap = () => {
      this.#read();
      return this.gaps > 0;
    };
    await until('there is a gap', hasGap);
  }

  /** The keys that were told of, with `-` for deletions, but for those of a snapshot. */
  get changes(): readonly string[] {
    this.#read();
    return this.#changes;
  }

  get shown(): Record<string, unknown> {
    this.#read();
    return Object.fromEntries(this.#shown);
  }

  /** Waits until it shows the same as another, whatever the order of the keys. */
  async shows(truth: Record<string, unknown>): Promise<void> {
    const failed = (error: Error) => {
      const [wanted, shown] = [truth, this.shown].map((values) => JSON.stringify(values));
      throw new Error(`${error.message}: ${wanted}\n${shown} is shown\n${this.#stream?.text()}`);
    };
    await until('the state is shown', () => isDeepStrictEqual(this.shown, truth)).catch(failed);
  }

  #read(): void {
    const events = this.#stream?.events() ?? [];
    for (const event of events.slice(this.#seen)) this.#take(event);
    this.#seen = events.length;
  }

  #take({ event, data, id }: ReceivedEvent): void {
    if (id !== '') this.#cursor = id;
    if (event === 'pushwire:open' && id === 'start') this.#isLive = false;
    if (event === 'pushwire:gap') {
      this.gaps++;
      this.#incoming = new Map();
      this.#isLive = false;
    } else if (event === 'pushwire:snapshot') {
      this.#shown = this.#incoming;
      this.#isLive = true;
    } else if (event === 'message') {
      const { key, data: value, deleted } = JSON.parse(data);
      if (this.#isLive) this.#changes.push(deleted ? `-${key}` : key);
      if (deleted) this.#incoming.delete(key);
      else this.#incoming.set(key, value);
    }
  }
}
