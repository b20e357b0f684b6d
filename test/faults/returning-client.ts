import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { AnnouncedGap, History } from '../kit/history';
import type { Random } from '../kit/random';
import type { Heard } from '../kit/readers';
import { connections, type Listener } from './connections';

/** What a network does to a connection, as Node says it. */
const broken: readonly string[] = ['ECONNRESET', 'EPIPE', 'ABORT_ERR'];

/** How a client comes and goes. */
export interface Habits {
  /** By which transports it comes, each time by another if there are several. */
  readonly transports: readonly string[];
  /** The most ms that it stays away. */
  readonly absence: number;
  /** How often it comes back at once. Default 0.3. */
  readonly restless?: number;
  /** The most ms after which it leaves by itself when it has heard something. Default: it stays. */
  readonly stay?: number;
  /** Whether it comes back when it was answered with 503. Default false. */
  readonly takesNo?: boolean;
}

/** A client that comes back by its cursor whenever its connection is over, until its channels are finished. */
export class ReturningClient implements Listener {
  cursor: string | undefined;
  connected = 0;
  isFinished = false;
  /** Reasons for which the server has sent it away. */
  readonly sentAway: string[] = [];
  /** Gaps that came in the middle of a stream, and not when it began. */
  gapsInStream = 0;
  /** Whether this connection has brought messages. */
  #hasRead = false;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #stopping = new AbortController();
  /** Called at the first that it hears of a connection. */
  #begins = () => {};

  /** @param url tells where it goes next. */
  constructor(
    readonly name: string,
    readonly url: () => string,
    readonly habits: Habits,
    readonly history: History,
    readonly random: Random,
  ) {}

  /**
   * Settles when the channels are finished, or when it was stopped.
   *
   * @throws Error when it has heard what it must not hear.
   */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      while (!signal.aborted) {
        this.isFinished = await this.#visit(signal);
        if (this.isFinished) break;
        // Some come back while what they have seen last is still on its way to others.
        if (this.random.chance(1 - (this.habits.restless ?? 0.3)))
          await pause(this.random.between(0, this.habits.absence));
      }
    } catch (error) {
      throw this.#wrong(error as Error);
    } finally {
      this.#agent.destroy();
    }
  }

  /** At the end, when it is finished. Who came so late that the channels had ended has seen nothing. */
  expectComplete(): void {
    if (!this.history.subscribed) return;
    try {
      this.history.expectComplete();
    } catch (error) {
      throw this.#wrong(error as Error);
    }
  }

  toString(): string {
    return `${this.name} (connection ${this.connected}, cursor ${this.cursor})`;
  }

  stop(): void {
    this.#stopping.abort();
  }

  frame({ id, event, data }: Heard): void {
    this.#begins();
    if (event === undefined) this.#message(id, data);
    else if (event === 'pushwire:gap') this.#gap(id, data as AnnouncedGap);
    else if (event === 'pushwire:open') this.history.stands(id);
    // Whoever comes when it has had everything is told no place.
    else if (event === 'pushwire:end' && id !== 'end') this.history.stands(id);
    else if (event === 'pushwire:retry') this.sentAway.push((data as { reason: string }).reason);
    else if (event !== 'pushwire:heartbeat' && event !== 'pushwire:end')
      throw new Error(`An event that nobody knows: ${event}`);
    if (id) this.cursor = id;
  }

  stands(cursor: string): void {
    this.#begins();
    this.history.stands(cursor);
    this.cursor = cursor;
  }

  #message(id: string, data: unknown): void {
    this.history.message(id, data);
    this.#hasRead = true;
  }

  #gap(id: string, gap: AnnouncedGap): void {
    if (id !== gap.cursor) throw new Error(`A gap with the id ${id} leads to ${gap.cursor}`);
    this.history.gap(gap);
    if (this.#hasRead) this.gapsInStream++;
  }

  #wrong(error: Error): Error {
    return new Error(`${this}: ${error.message}`, { cause: error });
  }

  async #visit(signal: AbortSignal): Promise<boolean> {
    this.connected++;
    this.#hasRead = false;
    const { cursor, name: client, random } = this;
    const { transports, stay, takesNo } = this.habits;
    const connect = connections[random.pick(transports)] as (typeof connections)[string];
    const leaving = new AbortController();
    const leave = () => leaving.abort();
    const after = stay === undefined ? undefined : random.between(0, stay);
    let timer: NodeJS.Timeout | undefined;
    this.#begins = () => {
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
      this.#begins = () => {};
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    }
  }
}
