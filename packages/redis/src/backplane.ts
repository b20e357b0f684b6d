import { randomBytes } from 'node:crypto';
import type {
  Backplane,
  BackplaneHealth,
  BackplaneHost,
  Followed,
  LogWrite,
  LogWritten,
  Message,
  Position,
} from '@pushwire/core/backplanes';
import { FollowedChannel } from './channels/followed-channel';
import { FollowedChannels } from './channels/followed-channels';
import { LogCopy } from './channels/log-copy';
import { LogScripts } from './channels/log-scripts';
import { Presence } from './channels/presence';
import { RedisLogs } from './channels/redis-logs';
import { Commands } from './connection/commands';
import { Health } from './connection/health';
import { PubSub } from './connection/pubsub';
import type { RedisConnector } from './connection/redis-connection';
import { followedLog } from './followed-logs';
import type { RedisBackplaneSettings } from './options';
import { RedisRuns } from './runs/redis-runs';
import { RunStops } from './runs/run-stops';
import { keysOf } from './scripts/keys';
import { Ages } from './states/ages';
import { RedisStates } from './states/redis-states';

/** The number of check intervals for which a process's count of connections is valid. */
const validIntervals = 3;

/** Use {@link redisBackplane}. */
export class RedisBackplane implements Backplane {
  readonly #host: BackplaneHost;
  readonly #settings: RedisBackplaneSettings;
  readonly #commands: Commands;
  readonly #pubsub: PubSub;
  readonly #logs: RedisLogs;
  readonly #stops: RunStops;
  readonly runs: RedisRuns;
  readonly states: RedisStates;
  readonly #ages: Ages;
  readonly #presence: Presence;
  readonly #channels: FollowedChannels;
  readonly #health: Health;

  constructor(host: BackplaneHost, settings: RedisBackplaneSettings, connector: RedisConnector) {
    const { timeout, prefix, durable, checkInterval } = settings;
    const limits = {
      publish: { timeout, calls: settings.maxPendingCommands, bytes: settings.maxPendingBytes },
      follow: { timeout, calls: settings.maxPendingFollows, bytes: Number.POSITIVE_INFINITY },
    };
    const listener = { up: () => this.#onUp(), down: (error: unknown) => this.#onDown(error) };
    // Pub/Sub may be cut where the processes still say that they are alive.
    const commandsListener = {
      up: () => {
        this.states.holds.resume();
        listener.up();
      },
      down: (error: unknown) => {
        this.states.holds.pause();
        listener.down(error);
      },
    };
    const message = (pubsubChannel: string, text: string) => {
      if (!this.#stops.receive(pubsubChannel, text)) this.#channels.receive(pubsubChannel, text);
    };
    const failed = (error: unknown) => this.#health.failed(error);
    const validFor = validIntervals * checkInterval;
    this.#host = host;
    this.#health = new Health(host);
    this.#settings = settings;
    this.#channels = new FollowedChannels({
      clock: host.clock,
      settings,
      isUp: () => this.#isUp,
      create: (name) => this.#createChannel(name),
      pubsubChannelOf: (name) => this.#pubsubChannelOf(name),
      unfollow: (name) => this.#unfollow(name),
      failed,
    });
    this.#commands = new Commands(connector, host.clock, limits, commandsListener);
    this.#pubsub = new PubSub(connector, host.clock, limits.follow, { ...listener, message });
    const shared = { commands: this.#commands, prefix };
    const scripts = new LogScripts({ ...shared, durable, isSharded: connector.isSharded });
    const stored = { scripts, clock: host.clock, memory: validFor, failed };
    this.#logs = new RedisLogs({ ...stored, limitsOf: (channel) => host.limitsOf(channel) });
    this.states = new RedisStates({ ...stored, limitsOf: (log) => host.stateLimitsOf(log) });
    this.#ages = new Ages(host.clock);
    this.#stops = new RunStops({
      clock: host.clock,
      isUp: () => this.#isUp,
      subscribe: (channel) => this.#pubsub.subscribe(channel),
      unsubscribe: (channel) => this.#pubsub.unsubscribe(channel),
      failed,
    });
    this.runs = new RedisRuns({ scripts, stops: this.#stops, failed });
    this.#presence = new Presence({
      ...shared,
      process: randomBytes(9).toString('base64url'),
      validFor,
      connectionsTo: (channel) => host.connectionsTo(channel),
    });
  }

  append(channel: string, message: Message, keepFor?: number): Promise<Position> {
    return this.#logs.append(channel, message, keepFor);
  }

  end(channel: string): Promise<void> {
    return this.#logs.end(channel);
  }

  write(channel: string, write: LogWrite): Promise<LogWritten> {
    return this.#logs.write(channel, write);
  }

  delete(channel: string, newest?: Position): Promise<void> {
    return this.#logs.delete(channel, newest);
  }

  follow(name: string, changed: () => void): Followed | Promise<Followed> {
    return this.#channels.follow(name, changed);
  }

  connectionsTo(channel: string): Promise<number> {
    return this.#presence.count(channel);
  }

  health(): BackplaneHealth {
    return this.#health.state;
  }

  /** Settles when every publish has a reply or has timed out. */
  async close(): Promise<void> {
    this.#health.close();
    this.#logs.close();
    this.#channels.close();
    this.#ages.close();
    this.#stops.close();
    this.#pubsub.close();
    await this.#commands.close();
  }

  #createChannel(name: string): FollowedChannel {
    const { shape, ...log } = followedLog(name, { logs: this.#logs, runs: this.runs, states: this.states });
    const copy = new LogCopy(this.#host.clock, shape);
    const channel: FollowedChannel = new FollowedChannel(name, {
      ...log,
      copy,
      checkInterval: this.#settings.checkInterval,
      connection: () => this.#pubsub.connection,
      subscribe: () => this.#pubsub.subscribe(this.#pubsubChannelOf(name)),
      reportConnections: () => {
        this.#presence.report(name).catch((error) => this.#health.failed(error));
      },
      tickAfter: (ms) => this.#channels.tickAfter(channel, ms),
      tickNotBefore: (ms) => this.#channels.tickNotBefore(channel, ms),
      becameIdle: () => this.#channels.becameIdle(channel),
      forget: () => this.#channels.forget(channel),
      missedMessage: () => this.#pubsub.reconnect('A Pub/Sub message of Redis did not arrive'),
      failed: (error) => this.#health.failed(error),
    });
    if (shape.kind === 'state') {
      const { age } = this.states.limitsOf(name);
      const expire = () => void this.states.keep(name).catch((error) => this.#health.failed(error));
      this.#ages.watch(name, { age, log: () => copy.log, expire });
    }
    return channel;
  }

  async #unfollow(name: string): Promise<void> {
    this.#ages.forget(name);
    await Promise.all([this.#pubsub.unsubscribe(this.#pubsubChannelOf(name)), this.#presence.leave(name)]);
  }

  #pubsubChannelOf(name: string): string {
    return keysOf(this.#settings.prefix, name).pubsub;
  }

  get #isUp(): boolean {
    return this.#commands.isUp && this.#pubsub.connection !== undefined;
  }

  #onUp(): void {
    if (!this.#isUp) return;
    this.#health.up();
    this.#health.lookAtEviction(this.#commands, keysOf(this.#settings.prefix, '').log);
    this.#channels.resync();
    this.#stops.resync();
  }

  #onDown(error: unknown): void {
    this.#channels.pause();
    this.#stops.pause();
    this.#health.down(error);
  }
}
