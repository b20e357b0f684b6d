import { setTimeout as pause } from 'node:timers/promises';
import { placesOf } from '../../kit/history';
import type { Ledger } from '../../kit/ledger';
import type { Random } from '../../kit/random';
import type { NodeProcess } from './node-process';

const pieces = ['x', 'é€🙂', '</script>', '\n\ndata: y\r\n', '"', '\u2028', '{"id":"e.1"} end'];

/** Publishes of one publisher that may be under way. */
const mostUnderWay = 10;

/** So many that were acknowledged show that Redis is in reach, and those clients have something to read. */
const fewAcknowledged = 20;
const longestRecovery = 5000;

/** How often the last message of a channel is published anew. */
const lastTimes = 60;

/** Those who publish through the nodes, and the ledger of what became of it. */
export class Publishers {
  #published = 0;
  #stopped = false;

  constructor(
    readonly nodes: readonly NodeProcess[],
    readonly channels: readonly string[],
    readonly ledger: Ledger,
    readonly random: Random,
  ) {}

  /** So many publish until `stop`; settles when all of that is answered. */
  async publish(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#publisher(this.random.fork())));
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Settles when some more were acknowledged, or when it has taken long. */
  async recovery(): Promise<void> {
    const enough = this.ledger.outcomes.acknowledged + fewAcknowledged;
    const end = Date.now() + longestRecovery;
    while (this.ledger.outcomes.acknowledged < enough && Date.now() < end) await pause(20);
  }

  /** When nothing is wrong any more: publishes what is certainly the last of each channel, and ends it. */
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
      // More than a page, or what comes to somebody who is away.
      const burst = random.chance(0.01) ? random.ofAnyMagnitude(600) : 1;
      const [node, channel] = [random.pick(this.nodes), random.pick(this.channels)];
      if (!node.isUp) {
        await pause(20);
        continue;
      }
      for (let left = burst; left > 0; left--) {
        const piece = random.pick(pieces);
        const publishing = this.#publish(node, channel, piece.repeat(random.between(0, 20)));
        underWay.add(publishing);
        publishing.then(
          () => underWay.delete(publishing),
          () => {},
        );
      }
      if (random.chance(0.3) || underWay.size > mostUnderWay) await Promise.all(underWay);
      await pause(random.between(0, 50));
    }
    await Promise.all(underWay);
  }

  /** @returns whether it was acknowledged. */
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
    else if (['backplane-unavailable', 'unreached'].includes(published.code)) ledger.rejected(data);
    else throw new Error(`A publish to ${channel} has failed with ${published.code}`);
    return false;
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
  for (let times = 0; !(await act()); times++) {
    if (times === lastTimes) throw new Error(`It has never come to it that ${what}`);
    await pause(200);
  }
}
