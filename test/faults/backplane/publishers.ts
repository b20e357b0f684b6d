import { setTimeout as pause } from 'node:timers/promises';
import { type Place, placesOf } from '../../kit/history';
import type { Ledger } from '../../kit/ledger';
import type { Random } from '../../kit/random';
import type { NodeProcess } from './node-process';

const pieces = ['x', 'é€🙂', '</script>', '\n\ndata: y\r\n', '"', '\u2028', '{"id":"e.1"} end'];

/** The most publishes of one publisher that may be under way. */
const maxUnderWay = 10;

/** The share of publishes that have an idempotency key, and are repeated through other nodes. */
const keyed = 0.2;

/** The longest time for which such a publish is tried, in ms. */
const persistence = 8000;

/** Failures after which nothing was published, or nobody knows. */
const passing: readonly string[] = ['backplane-unavailable', 'unreached', 'hub-closed', 'backplane-unconfirmed'];

/** So many acknowledgements show that Redis is in reach, and give clients something to read. */
const enoughAcknowledged = 20;
const longestRecovery = 5000;

/** The number of attempts to publish the last message of a channel. */
const maxAttempts = 60;

/** Publish through the nodes and record the outcomes in the ledger. */
export class Publishers {
  /** Publishes with a key, and acknowledgements of them after the first. */
  withKey = 0;
  repeats = 0;
  #published = 0;
  #stopped = false;

  constructor(
    readonly nodes: readonly NodeProcess[],
    readonly channels: readonly string[],
    readonly ledger: Ledger,
    readonly random: Random,
  ) {}

  /** Runs so many publishers until `stop`, and settles when all their publishes are answered. */
  async publish(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#publisher(this.random.fork())));
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Settles after some more acknowledgements or a timeout. */
  async recovery(): Promise<void> {
    const enough = this.ledger.outcomes.acknowledged + enoughAcknowledged;
    const end = Date.now() + longestRecovery;
    while (this.ledger.outcomes.acknowledged < enough && Date.now() < end) await pause(20);
  }

  /** Publishes the last message of each channel and ends it, when no more faults happen. */
  async finish(): Promise<void> {
    for (const channel of this.channels) {
      const isAcknowledged = () => this.#publish(this.random.pick(this.nodes), channel, 'the last');
      await again(`the last of ${channel} is published`, isAcknowledged);
      await again(`${channel} has ended`, () => this.#end(this.random.pick(this.nodes), channel));
    }
  }

  async #publisher(random: Random): Promise<void> {
    const underWay = new Set<Promise<boolean>>();
    while (!this.#stopped) {
      // A burst may exceed a page, like the messages that a client missed while it was away.
      const burst = random.chance(0.01) ? random.ofAnyMagnitude(600) : 1;
      const [node, channel] = [random.pick(this.nodes), random.pick(this.channels)];
      if (!node.isUp) {
        await pause(20);
        continue;
      }
      for (let left = burst; left > 0; left--) {
        const piece = random.pick(pieces);
        const text = piece.repeat(random.between(0, 20));
        const hasKey = burst === 1 && random.chance(keyed);
        const publishing = hasKey ? this.#insist(channel, text, random.fork()) : this.#publish(node, channel, text);
        underWay.add(publishing);
        publishing.then(
          () => underWay.delete(publishing),
          () => {},
        );
      }
      if (random.chance(0.3) || underWay.size > maxUnderWay) await Promise.all(underWay);
      await pause(random.between(0, 50));
    }
    await Promise.all(underWay);
  }

  /** @returns true when it was acknowledged. */
  async #publish(node: NodeProcess, channel: string, text: string): Promise<boolean> {
    const { ledger } = this;
    const data = { n: ++this.#published, text };
    ledger.begin(channel, data);
    const published = await node.publish(channel, data);
    if (published === undefined) ledger.unconfirmed(data);
    else if ('id' in published) {
      const [place] = placesOf(published.id, [channel]);
      ledger.acknowledged(channel, data, place as NonNullable<typeof place>);
      return true;
    } else if (published.code === 'backplane-unconfirmed') ledger.unconfirmed(data);
    else if (passing.includes(published.code)) ledger.rejected(data);
    else throw new Error(`A publish to ${channel} failed with ${published.code}`);
    return false;
  }

  /**
   * Publishes with a key until it is acknowledged, through any nodes, through several at once, and
   * sometimes again after that.
   *
   * @returns true when it was acknowledged.
   */
  async #insist(channel: string, text: string, random: Random): Promise<boolean> {
    const { ledger } = this;
    const data = { n: ++this.#published, text };
    const key = `key ${data.n}`;
    ledger.begin(channel, data, true);
    this.withKey++;
    let isAcknowledged = false;
    const attempt = async () => {
      const published = await random.pick(this.nodes).publish(channel, data, key);
      if (published === undefined) return;
      if (!('id' in published)) {
        if (passing.includes(published.code)) return;
        throw new Error(`A publish to ${channel} with a key failed with ${published.code}`);
      }
      this.repeats += isAcknowledged ? 1 : 0;
      isAcknowledged = true;
      ledger.names(channel, placesOf(published.id, [channel])[0] as Place, data);
    };
    for (const end = Date.now() + persistence; Date.now() < end; await pause(random.between(0, 300))) {
      await Promise.all(Array.from({ length: random.pick([1, 1, 2]) }, attempt));
      if (isAcknowledged && (this.#stopped || random.chance(0.5))) break;
    }
    ledger.settled(data, isAcknowledged ? 'acknowledged' : 'unconfirmed');
    return isAcknowledged;
  }

  async #end(node: NodeProcess, channel: string): Promise<boolean> {
    try {
      await node.end(channel);
      return true;
    } catch (error) {
      if (/PushwireError/.test((error as Error).message)) return false;
      throw error;
    }
  }
}

async function again(what: string, act: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; !(await act()); attempt++) {
    if (attempt === maxAttempts) throw new Error(`Gave up waiting until ${what}`);
    await pause(200);
  }
}
