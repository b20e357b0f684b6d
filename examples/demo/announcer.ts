import { type Hub, PushwireError } from '@pushwire/core';
import { Facts } from './facts';
import { Meter } from './figures';
import { serverChannel } from './names';
import type { NodeIdentity } from './node-identity';

/** Milliseconds until the next fact: at random, between 1 and 10 seconds. */
export function randomPause(chance = Math.random()): number {
  return 1000 + chance * 9000;
}

/** Publishes on the server's channel: each second a `ping` with figures, now and then a fact. */
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
    this.#pinging = setInterval(
      () => this.#say(this.#meter.read(this.node, this.#hub.stats().connections), 'ping'),
      1000,
    );
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
      // The hub logs that Redis is down, and nobody needs to be told that the hub is closed.
      if (!(error instanceof PushwireError)) throw error;
    }
  }
}
