import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { AnnouncedGap, History } from '../kit/history';
import type { Random } from '../kit/random';
import type { Heard } from '../kit/readers';
import { connections, type Listener } from './connections';

/** Error codes of Node for a connection that the network broke. */
const broken: readonly string[] = ['ECONNRESET', 'EPIPE', 'ABORT_ERR'];

/** How a client connects and disconnects. */
export interface Habits {
  /** The transports to connect by; each connection picks one at random. */
  readonly transports: readonly string[];
  /** The longest time between two connections, in ms. */
  readonly absence: number;
  /** The probability of reconnecting at once. Defaults to 0.3. */
  readonly restless?: number;
  /** The longest time in ms after the first frame before it disconnects. No default: it stays. */
  readonly stay?: number;
  /** True when it may reconnect after a 503. Defaults to `false`. */
  readonly takesNo?: boolean;
}

/** Reconnects with its cursor whenever its connection closes, until its channels have ended. */
export class ReturningClient implements Listener {
  cursor: string | undefined;
  connected = 0;
  isFinished = false;
  /** The reasons of all `pushwire:retry` events. */
  readonly retryReasons: string[] = [];
  /** Gaps in the middle of a stream, not counting those at its start. */
  gapsInStream = 0;
  /** True when this connection has brought messages. */
  #hasRead = false;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #stopping = new AbortController();
  /** Called for each frame; the first of a connection starts the timer of `stay`. */
  #onSign = () => {};

  /** @param url returns the URL of the next connection. */
  constructor(
    readonly name: string,
    readonly url: () => string,
    readonly habits: Habits,
    readonly history: History,
    readonly random: Random,
  ) {}

  /**
   * Settles when the channels have ended, or when it was stopped.
   *
   * @throws {Error} when its history is wrong.
   */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      while (!signal.aborted) {
        this.isFinished = await this.#connect(signal);
        if (this.isFinished) break;
        // Some reconnect while the messages they saw last are still on their way to others.
        if (this.random.chance(1 - (this.habits.restless ?? 0.3)))
          await pause(this.random.between(0, this.habits.absence));
      }
    } catch (error) {
      throw this.#failure(error as Error);
    } finally {
      this.#agent.destroy();
    }
  }

  /** Checks the history at the end. A client that connected after the end has seen nothing. */
  expectComplete(): void {
    if (!this.history.subscribed) return;
    try {
      this.history.expectComplete();
    } catch (error) {
      throw this.#failure(error as Error);
    }
  }

  toString(): string {
    return `${this.name} (connection ${this.connected}, cursor ${this.cursor})`;
  }

  stop(): void {
    this.#stopping.abort();
  }

  frame({ id, event, data }: Heard): void {
    this.#onSign();
    if (event === undefined) this.#message(id, data);
    else if (event === 'pushwire:gap') this.#gap(id, data as AnnouncedGap);
    else if (event === 'pushwire:open') this.history.stands(id);
    // A client that already had everything gets no cursor.
    else if (event === 'pushwire:end' && id !== 'end') this.history.stands(id);
    else if (event === 'pushwire:retry') this.retryReasons.push((data as { reason: string }).reason);
    else if (event !== 'pushwire:heartbeat' && event !== 'pushwire:end') throw new Error(`An unknown event: ${event}`);
    if (id) this.cursor = id;
  }

  stands(cursor: string): void {
    this.#onSign();
    this.history.stands(cursor);
    this.cursor = cursor;
  }

  #message(id: string, data: unknown): void {
    this.history.message(id, data);
    this.#hasRead = true;
  }

  #gap(id: string, gap: AnnouncedGap): void {
    if (id !== gap.cursor) throw new Error(`A gap with the id ${id} has the cursor ${gap.cursor}`);
    this.history.gap(gap);
    if (this.#hasRead) this.gapsInStream++;
  }

  #failure(error: Error): Error {
    return new Error(`${this}: ${error.message}`, { cause: error });
  }

  async #connect(signal: AbortSignal): Promise<boolean> {
    this.connected++;
    this.#hasRead = false;
    const { cursor, name: client, random } = this;
    const { transports, stay, takesNo } = this.habits;
    const connect = connections[random.pick(transports)] as (typeof connections)[string];
    const leaving = new AbortController();
    const leave = () => leaving.abort();
    const after = stay === undefined ? undefined : random.between(0, stay);
    let timer: NodeJS.Timeout | undefined;
    this.#onSign = () => {
      if (after !== undefined) timer ??= setTimeout(leave, after);
    };
    signal.addEventListener('abort', leave);
    const ask = { url: this.url(), cursor, client, signal: leaving.signal, wait: 0.2, agent: this.#agent };
    try {
      return await connect(ask, this);
    } catch (error) {
      const { code = '' } = error as { code?: string };
      if (!broken.includes(code) && !(takesNo && code === '503')) throw error;
      return false;
    } finally {
      this.#onSign = () => {};
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    }
  }
}
