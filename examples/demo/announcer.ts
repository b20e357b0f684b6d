import { type Hub, PushwireError } from '@pushwire/core';
import { Facts } from './facts';
import { Meter } from './figures';
import { serverChannel } from './names';
import type { NodeIdentity } from './node-identity';

/** When the next fact is told, in ms: at random, after 1 to 10 seconds. */
export function randomPause(chance = Math.random()): number {
  return 1000 + chance * 9000;
}

/** Speaks on the server's channel: a `ping` with the figures each second, and now and then a fact without a name. */
export class Announcer {
  readonly #hub: Hub;
  readonly #pause: () => number;
  readonly #meter = new Meter();
  readonly #facts: Facts;
  #pinging: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | undefined;

  constructor(
    hub: Hub,
    public node: NodeIdentity,
    pause: () => number = randomPause,
  ) {
    this.#hub = hub;
    this.#pause = pause;
    this.#facts = new Facts(node.framework);
  }

  start(node = this.node): void {
    this.node = node;
    this.#meter.start();
    this.#facts.start();
    this.#pinging = setInterval(() => this.#say(this.#meter.read(this.node, this.#hub.connections), 'ping'), 1000);
    this.#tellLater();
  }

  stop(): void {
    clearInterval(this.#pinging);
    clearTimeout(this.#telling);
    this.#meter.stop();
    this.#facts.stop();
  }

  #tellLater(): void {
    this.#telling = setTimeout(() => {
      this.#say(this.#facts.tell(Math.random()));
      this.#tellLater();
    }, this.#pause());
  }

  async #say(data: unknown, event?: string): Promise<void> {
    try {
      await this.#hub.channel(serverChannel).publish(data, event === undefined ? {} : { event });
    } catch (error) {
      // That Redis is away the hub itself has said, once; and who closes it knows.
      if (!(error instanceof PushwireError)) throw error;
    }
  }
}
