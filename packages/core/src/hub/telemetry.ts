import { type Channel as DiagnosticsChannel, channel as diagnosticsChannel } from 'node:diagnostics_channel';
import type { BackplaneHealth } from '../backplanes/backplane';
import type { CloseReason, Refusal } from '../delivery/close-reason';
import type { Audience, Observer } from '../delivery/observer';
import { type TransportName, transportNames } from '../encoders/transport-name';
import type { Gap } from '../log/batch';
import { AppLog, type Logger } from './app-log';

/** The result of `hub.health()`. */
export interface HubHealth {
  /** True while the hub is open and its backplane can be reached: clients may be sent here. */
  readonly ready: boolean;
  /** The backplane. The memory of one process can always be reached. */
  readonly backplane: BackplaneHealth;
}

/** The result of `hub.stats()`: current numbers, and counts since the hub was created. */
export interface HubStats {
  /** Open connections, including held polls. */
  readonly connections: number;
  /** Open connections by transport. */
  readonly open: Readonly<Record<TransportName, number>>;
  /** Connections whose sockets are full. They read on from the log when the sockets drain. */
  readonly lagging: number;
  /** Channels that have a connection. */
  readonly channels: number;
  /** Runs that this process produces. */
  readonly runs: number;
  /** Whether the backplane can be reached, and since when. */
  readonly backplane: BackplaneHealth;
  /** Connections that were opened. */
  readonly opened: number;
  /** Connections that were closed, by reason. */
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>;
  /** Clients that were refused, by reason. */
  readonly refused: Readonly<Record<Refusal, number>>;
  /** Gaps that clients were told about. */
  readonly gaps: number;
  /** Messages that this process has published. */
  readonly published: number;
  /** Messages that were written to clients. A message that goes to 1000 clients counts 1000. */
  readonly delivered: number;
  /** Bytes that were written to clients, before gzip, and without those that HTTP and TLS add. */
  readonly bytes: number;
}

const topics = {
  opened: diagnosticsChannel('pushwire:opened'),
  closed: diagnosticsChannel('pushwire:closed'),
  refused: diagnosticsChannel('pushwire:refused'),
  lagging: diagnosticsChannel('pushwire:lagging'),
  gap: diagnosticsChannel('pushwire:gap'),
  published: diagnosticsChannel('pushwire:published'),
  delivered: diagnosticsChannel('pushwire:delivered'),
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Counts events, publishes them to `node:diagnostics_channel`, and passes them to the app's logger.
 * An event without a listener costs one addition.
 */
export class Telemetry extends AppLog implements Observer {
  readonly #hub: object;
  readonly #open = Object.fromEntries(transportNames.map((name) => [name, 0])) as Record<TransportName, number>;
  readonly #closed: Partial<Record<CloseReason, number>> = {};
  readonly #refused: Record<Refusal, number> = { draining: 0, full: 0, unavailable: 0, forbidden: 0 };
  #opened = 0;
  #lagging = 0;
  #gaps = 0;
  #published = 0;
  #delivered = 0;
  #bytes = 0;

  /** @param hub the value that diagnostics events name as their hub. */
  constructor(hub: object, logger: Logger | undefined) {
    super(logger);
    this.#hub = hub;
  }

  get stats(): Omit<HubStats, 'connections' | 'channels' | 'runs' | 'backplane'> {
    return {
      open: { ...this.#open },
      lagging: this.#lagging,
      opened: this.#opened,
      closed: { ...this.#closed },
      refused: { ...this.#refused },
      gaps: this.#gaps,
      published: this.#published,
      delivered: this.#delivered,
      bytes: this.#bytes,
    };
  }

  opened(connection: Audience): void {
    this.#opened++;
    this.#open[connection.transport]++;
    this.#emit('debug', topics.opened, 'connection opened', connection, { connection });
  }

  closed(connection: Audience, reason: CloseReason): void {
    this.#open[connection.transport]--;
    this.#closed[reason] = (this.#closed[reason] ?? 0) + 1;
    this.#emit('debug', topics.closed, 'connection closed', connection, { connection, reason });
  }

  /** @param transport `post` for a message that was to be sent by POST. */
  refused(transport: TransportName | 'post', reason: Refusal): void {
    this.#refused[reason]++;
    this.#emit('info', topics.refused, 'client refused', { transport }, { reason });
  }

  lagging(connection: Audience): void {
    this.#lagging++;
    this.#emit('debug', topics.lagging, 'connection is lagging', connection, { connection });
  }

  caughtUp(): void {
    this.#lagging--;
  }

  gap(audience: Audience, { reason, missed }: Gap, connections = 1): void {
    this.#gaps += connections;
    this.#emit('info', topics.gap, 'messages were lost', audience, { reason, missed, connections });
  }

  published(channel: string, id: string, bytes: number): void {
    this.#published++;
    if (topics.published.hasSubscribers) topics.published.publish({ hub: this.#hub, channel, id, bytes });
  }

  wrote(audience: Audience, connections: number, messages: number, bytes: number): void {
    this.#bytes += connections * bytes;
    if (messages === 0) return;
    this.#delivered += connections * messages;
    const topic = topics.delivered;
    if (!topic.hasSubscribers) return;
    const { transport, channels } = audience;
    topic.publish({ hub: this.#hub, transport, channels, connections, messages, bytes });
  }

  #emit(
    level: 'debug' | 'info',
    topic: DiagnosticsChannel,
    message: string,
    audience: { readonly transport: TransportName | 'post' } & Partial<Omit<Audience, 'transport'>>,
    about: Fields,
  ): void {
    if (this.logger === undefined && !topic.hasSubscribers) return;
    const { connection, ...fields } = about;
    const { transport, channels } = audience;
    const event = { transport, ...(channels && { channels }), ...fields };
    this.log(level, event, message);
    if (topic.hasSubscribers) topic.publish({ hub: this.#hub, ...event, ...(connection ? { connection } : {}) });
  }
}
