import type { Backplane } from '../backplanes/backplane';
import { type AnyEvents, Channel } from './channel';
import type { Clock } from '../time/clock';
import type { Connection } from '../delivery/connection';
import { drainAll } from './drain';
import { misuse, PushwireError } from '../checks/errors';
import { Groups } from '../delivery/groups';
import { type ConnectionDefaults, type HubOptions, readHubOptions } from './options';
import { Admission, type Limits } from '../delivery/admission';
import { checkOptions, milliseconds } from '../checks/check-options';
import type { CloseReason } from '../delivery/close-reason';
import { SharedSlices } from '../delivery/catch-up-cache';
import type { HubStats } from './stats';
import { Telemetry } from './telemetry';
import { Wheel } from '../time/timer-wheel';

/** The longest that closing waits for clients to take their last bytes, in ms. */
const closingPatience = 10_000;

const longestName = 255;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not pass
const controls = /[\x00-\x1f\x7f]/;

/** Options of `hub.close()`. */
export interface CloseOptions {
  /**
   * Milliseconds over which clients are asked to come back, so that they do not all come to another process at once.
   * Default 0.
   */
  within?: number;
}

/** Owns channels, the shared clock and the way to shut down. Made by {@link createHub}. */
// It is a ConnectionHost, but must not say so: its published types leave out the internal members that this takes.
export class Hub {
  /** @internal */
  readonly clock: Clock;
  /** @internal */
  readonly wheel: Wheel;
  /** @internal */
  readonly settings: ConnectionDefaults;
  /** @internal */
  readonly limits: Limits;
  /** @internal */
  readonly admission: Admission;
  /** @internal */
  readonly clientKey: ((request: unknown) => string) | undefined;
  /** @internal */
  readonly slices = new SharedSlices();
  /** @internal */
  readonly telemetry: Telemetry;
  /** @internal */
  readonly groups = new Groups(this, (channel, changed) => this.working().follow(channel, changed));
  readonly #backplane: Backplane;
  readonly #connections = new Set<Connection>();
  #closed = false;
  #closing: Promise<void> | undefined;

  /** @internal Use {@link createHub}. */
  constructor(options?: HubOptions) {
    const own = readHubOptions(options);
    this.clock = own.clock;
    this.wheel = new Wheel(this.clock);
    this.settings = own.settings;
    this.limits = own.limits;
    this.admission = new Admission(own.limits);
    this.clientKey = own.clientKey;
    this.telemetry = new Telemetry(this, own.logger);
    this.#backplane = own.backplane({
      clock: this.clock,
      limitsOf: own.limitsOf,
      connectionsTo: (channel) => this.groups.connectionsTo(channel),
      report: (error, message) => this.telemetry.failed(error, message),
    });
  }

  /**
   * The channel of a name; it need not exist before. `channel<Events>(name)` has TypeScript look at what is published.
   *
   * @throws TypeError unless the name is a string of 1 to 255 characters without control characters.
   */
  channel<Events = AnyEvents>(name: string): Channel<Events>;
  // The last is what `ReturnType` sees.
  channel(name: string): Channel;
  channel<Events>(name: string): Channel<Events> {
    if (typeof name !== 'string' || name === '' || name.length > longestName || controls.test(name)) {
      throw misuse('channel name', `a string of 1 to ${longestName} characters, none of them control`, name);
    }
    return new Channel<Events>(this, name);
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** What is there now, and what was counted since the hub was made. */
  stats(): HubStats {
    return { connections: this.#connections.size, channels: this.groups.channels, ...this.telemetry.stats };
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Shuts down: hands on what was published, asks every client to come back (elsewhere), refuses newcomers and publishes,
   * and resolves when all connections are over. A client that does not take its last bytes within 10 seconds after the last was
   * asked is cut off. Then `server.close()` resolves too, as soon as the sockets are gone. A second call gives the promise of the first.
   *
   * @throws TypeError for an option that does not fit.
   */
  close(options?: CloseOptions): Promise<void> {
    const { within = 0 } = checkOptions<CloseOptions>('close', options, { within: milliseconds(0) });
    this.#closing ??= this.#close(within);
    return this.#closing;
  }

  async #close(within: number): Promise<void> {
    this.#closed = true;
    this.groups.flush();
    const connections = [...this.#connections];
    const gone = Promise.all(connections.map(({ closing }) => closing));
    const draining = drainAll(connections, within, this.clock, gone);
    if (within > 0) await draining;
    let giveUp = () => {};
    const patience = new Promise<void>((resolve) => {
      giveUp = this.clock.after(closingPatience, resolve);
    });
    await Promise.race([gone, patience]);
    giveUp();
    for (const { sink } of this.#connections) sink.destroy();
    await this.#backplane.close();
  }

  /**
   * @internal The backplane, while the hub works.
   * @throws PushwireError `hub-closed`.
   */
  working(): Backplane {
    if (this.#closed) throw new PushwireError('hub-closed', 'The hub is closed.');
    return this.#backplane;
  }

  /** @internal */
  attach(connection: Connection): void {
    this.#connections.add(connection);
    this.admission.enter(connection.sink.client);
    this.telemetry.opened(connection);
  }

  /** @internal */
  detach(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    this.admission.leave(connection.sink.client);
    this.telemetry.closed(connection, connection.reason as CloseReason);
  }
}

/**
 * Makes a hub.
 *
 * @throws TypeError for an unknown option or a value that does not fit.
 */
export function createHub(options?: HubOptions): Hub {
  return new Hub(options);
}
