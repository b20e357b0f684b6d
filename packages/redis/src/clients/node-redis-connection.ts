import { KnownScripts } from '../connection/known-scripts';
import { NotSentError, type RedisConnection, type RedisConnectionListener } from '../connection/redis-connection';
import type { Script } from '../scripts/script';

/** The members of a client of the package `redis` that are used. */
export interface Client {
  readonly options?: { readonly socket?: object };
  readonly _options?: { readonly defaults?: { readonly socket?: object } };
  readonly masters?: readonly object[];
  nodeClient(node: object): Promise<Client> | Client;
  duplicate(overrides: object): Client;
  connect(): Promise<unknown>;
  destroy(): unknown;
  on(event: string, listener: (...given: unknown[]) => void): this;
  sendCommand(words: readonly string[]): Promise<unknown>;
  ping(): Promise<unknown>;
  sPublish(channel: string, text: string): Promise<unknown>;
  evalSha(sha1: string, given: { keys: readonly string[]; arguments: readonly string[] }): Promise<unknown>;
  eval(lua: string, given: { keys: readonly string[]; arguments: readonly string[] }): Promise<unknown>;
  subscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
  unsubscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
  sSubscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
  sUnsubscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
}

/** Turns off the library's prefix, which applies to keys but not to Pub/Sub channels. */
const keyPrefix = '';

/**
 * Turns off the library's timeout, which starts a timer for each command. The backplane has its
 * own. The app's type mappings for replies are dropped too.
 */
const commandOptions = { timeout: undefined };

/** The options of each connection. */
export const connectionOptions = { commandOptions, keyPrefix };

/** Destroys a client that may have ended. Before version 6.3, that throws. */
export function destroy(client: Client): void {
  try {
    // With Sentinel, it is a promise, which nobody awaits.
    Promise.resolve(client.destroy()).catch(() => {});
  } catch (error) {
    if ((error as Error).message !== 'The client is closed') throw error;
  }
}

/** A connection by a client of the package `redis`. */
export abstract class NodeRedisConnection implements RedisConnection {
  abstract readonly life: string;
  #isDown = false;
  readonly #scripts = new KnownScripts();

  constructor(
    readonly client: Client,
    readonly listener: RedisConnectionListener,
    readonly isSharded: boolean,
  ) {}

  async evaluate(script: Script, key: string, args: readonly string[]) {
    const { client } = this;
    const given = { keys: [key], arguments: args };
    const byHash = () => client.evalSha(script.sha1, given);
    const whole = () => client.eval(script.lua, given);
    try {
      return await this.#scripts.run(script, byHash, whole);
    } catch (error) {
      const { message } = error as Error;
      throw /^The client is (closed|offline)/.test(message) ? new NotSentError(message, { cause: error }) : error;
    }
  }

  async subscribe(pubsubChannel: string): Promise<void> {
    await (this.isSharded
      ? this.client.sSubscribe(pubsubChannel, this.#onMessage)
      : this.client.subscribe(pubsubChannel, this.#onMessage));
  }

  /**
   * Passes the listener. Without it, the library drops a subscription to the same channel that is
   * made before the reply.
   */
  async unsubscribe(pubsubChannel: string): Promise<void> {
    await (this.isSharded
      ? this.client.sUnsubscribe(pubsubChannel, this.#onMessage)
      : this.client.unsubscribe(pubsubChannel, this.#onMessage));
  }

  ping(): Promise<unknown> {
    return this.client.ping();
  }

  destroy(): void {
    this.#isDown = true;
    destroy(this.client);
  }

  /** Ends the reports of events. */
  protected setDown(): void {
    this.#isDown = true;
  }

  /** Connects, and destroys the client again if `destroy()` came before it had a socket. */
  protected async connect(): Promise<void> {
    await this.client.connect();
    if (this.#isDown) destroy(this.client);
  }

  /** One function for all channels, so that subscribing again does not add a second listener. */
  readonly #onMessage = (text: string, pubsubChannel: string): void => this.listener.message(pubsubChannel, text);

  protected get isDown(): boolean {
    return this.#isDown;
  }

  protected down(error: unknown): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.listener.down(error);
  }
}
