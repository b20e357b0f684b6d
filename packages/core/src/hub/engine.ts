import type { Backplane, BackplaneHealth } from '../backplanes/backplane';
import type { RunStore } from '../backplanes/run-store';
import { PushwireError } from '../checks/errors';
import { ClientDirectory, type DirectoryHost } from '../clients/directory';
import { Admission } from '../delivery/admission';
import { CatchUpCache } from '../delivery/catch-up-cache';
import type { CloseReason } from '../delivery/close-reason';
import type { Connection } from '../delivery/connection';
import { Groups } from '../delivery/groups';
import { PartBytes } from '../delivery/part-bytes';
import { Presences } from '../presence/presences';
import type { ClosedWithHub } from '../reading/reader-host';
import { Runs } from '../runs/runs';
import type { RunsHost } from '../runs/runs-host';
import { States } from '../states/states';
import type { SubscribeHost } from '../subscribing/subscribe';
import type { Clock } from '../time/clock';
import { TimerWheel } from '../time/timer-wheel';
import { ClientSessions } from './client-sessions';
import { drain } from './drain';
import type { Limits } from './limits';
import { OpenConnections } from './open-connections';
import type { HubSettings } from './options';
import { PendingRequests } from './pending-requests';
import { type HubHealth, type HubStats, Telemetry } from './telemetry';
import { UnawaitedCalls } from './unawaited';

/** The longest wait for clients to take their last bytes when the hub closes, in ms. */
const lastBytesTimeout = 10_000;

/** The working parts of a hub: connections, groups, the shared clock, and the backplane. */
export class Engine implements SubscribeHost, RunsHost, DirectoryHost {
  readonly clock: Clock;
  readonly created: number;
  readonly timers: TimerWheel;
  readonly sessions: ClientSessions;
  readonly settings: HubSettings['settings'];
  readonly limits: Limits;
  readonly admission: Admission;
  /**
   * Counts polls and POSTs that have no answer yet. They have room of their own, since a client may
   * send while its only stream is open.
   */
  readonly requests: Admission;
  readonly clientKey: ((request: unknown) => string) | undefined;
  readonly catchUpCache = new CatchUpCache();
  readonly partBytes: PartBytes;
  readonly observer: Telemetry;
  readonly unawaited: UnawaitedCalls;
  readonly groups: Groups;
  readonly readers = new Set<ClosedWithHub>();
  readonly runs = new Runs(this);
  readonly states: States;
  readonly presences: Presences;
  readonly #backplane: Backplane;
  readonly connections = new OpenConnections();
  readonly pending = new PendingRequests();
  readonly clients: ClientDirectory;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  /** @param hub the value that diagnostics events name as their hub. */
  constructor(hub: object, options: HubSettings) {
    this.clock = options.clock;
    this.created = Math.floor(options.clock.now());
    this.timers = new TimerWheel(this.clock);
    this.partBytes = new PartBytes(this.clock);
    this.sessions = new ClientSessions(this.clock);
    this.settings = options.settings;
    this.limits = options.limits;
    this.states = new States(this, options.stateLimitsOf);
    this.presences = new Presences(this, options.presenceLimitsOf);
    this.admission = new Admission(options.limits);
    this.requests = new Admission({ ...options.limits, perClient: Number.POSITIVE_INFINITY });
    this.clientKey = options.clientKey;
    this.clients = new ClientDirectory(this);
    this.observer = new Telemetry(hub, options.logger);
    this.unawaited = new UnawaitedCalls(this.clock, (...failure) => this.observer.failedUnawaited(...failure));
    this.groups = new Groups(
      this,
      (channel, onChange) => this.backplane.follow(channel, onChange),
      options.tagOf,
      options.limits.followedChannels,
    );
    this.#backplane = options.backplane({
      clock: this.clock,
      limits: options.limits,
      limitsOf: options.limitsOf,
      stateLimitsOf: options.stateLimitsOf,
      connectionsTo: (channel) => this.groups.connectionsTo(channel),
      report: (error, message) => this.observer.failed(error, message),
    });
    if (this.clientKey) this.clients.hear();
  }

  get maxMessageBytes(): number {
    return this.limits.messageBytes;
  }

  identify(connection: object, id?: string): string {
    return this.connections.identify(connection, id);
  }

  get stats(): HubStats {
    const { health } = this;
    return {
      connections: this.connections.size,
      channels: this.groups.channels,
      runs: this.runs.size,
      backplane: health.backplane,
      ...this.observer.stats,
    };
  }

  get health(): HubHealth {
    const backplane: BackplaneHealth = this.#backplane.health?.() ?? { reachable: true, since: this.created };
    return { ready: backplane.reachable && !this.#isClosed, backplane };
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * The backplane, while the hub is open.
   *
   * @throws PushwireError `hub-closed`.
   */
  get backplane(): Backplane {
    if (this.#isClosed) throw new PushwireError('hub-closed', 'The hub is closed.');
    return this.#backplane;
  }

  /** It stays open after the hub has closed, until its runs have ended. */
  get runStore(): RunStore {
    const { runs } = this.#backplane;
    if (runs === undefined) throw new TypeError('The backplane of this hub has no runs.');
    return runs;
  }

  optional<T>(call: string | undefined, promise: PromiseLike<T>): Promise<T> {
    return this.unawaited.optional(call, promise);
  }

  add(connection: Connection): void {
    const { client } = connection.sink;
    this.connections.add(connection);
    this.admission.enter(client);
    if (client !== undefined && this.clientKey) this.clients.add(client, connection);
    this.observer.opened(connection);
  }

  remove(connection: Connection): void {
    const { client } = connection.sink;
    if (!this.connections.remove(connection)) return;
    this.admission.leave(client);
    if (client !== undefined && this.clientKey) this.clients.remove(client, connection);
    this.observer.closed(connection, connection.reason as CloseReason);
  }

  forbidPending(client: string): void {
    this.pending.forbid(client);
  }

  /** Closes all connections, evenly over `within` ms, and then the backplane. */
  close(within: number): Promise<void> {
    this.#closing ??= this.#close(within);
    return this.#closing;
  }

  async #close(within: number): Promise<void> {
    const written = this.states.close();
    this.#isClosed = true;
    const runsEnded = this.runs.close(Math.max(within, lastBytesTimeout));
    this.groups.flush();
    this.sessions.close();
    for (const client of this.connections.clients) client.onHubClosing();
    const connections = this.connections.toArray();
    const allClosed = Promise.all([this.pending.refuseAll('draining'), ...connections.map(({ closed }) => closed)]);
    const draining = drain(this.clock, connections, within, allClosed);
    if (within > 0) await draining;
    let stopWaiting = () => {};
    const timeout = new Promise<void>((resolve) => {
      stopWaiting = this.clock.after(lastBytesTimeout, resolve);
    });
    await Promise.race([allClosed, timeout]);
    stopWaiting();
    for (const { sink } of this.connections.toArray()) sink.destroy();
    this.sessions.destroySockets(lastBytesTimeout);
    for (const reader of this.readers) reader.close();
    this.clients.close();
    this.groups.close();
    await Promise.all([runsEnded, written, this.presences.close()]).then(() => this.#backplane.close());
  }
}
