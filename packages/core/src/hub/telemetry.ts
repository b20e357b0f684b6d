import { type Channel as DiagnosticsChannel, channel as diagnosticsChannel } from 'node:diagnostics_channel';
import type { CloseReason, Refusal } from '../delivery/close-reason';
import type { Audience, Observer } from '../delivery/observer';
import { type TransportName, transportNames } from '../encoders/transport-name';
import type { Gap } from '../log/batch';

/** The app's own logger, as pino and bunyan have it: fields first, then a sentence. `console` fits too. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What `hub.stats()` gives: what is there now, and what was counted since the hub was made. */
export interface HubStats {
  /** Connections that are open, held polls among them. */
  readonly connections: number;
  /** The same, by transport. */
  readonly open: Readonly<Record<TransportName, number>>;
  /** Connections whose sockets are full, and which read on from the log when these drain. */
  readonly lagging: number;
  /** Channels that somebody is connected to. */
  readonly channels: number;
  /** Connections that were opened. */
  readonly opened: number;
  /** Connections that are over, by their reasons. */
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>;
  /** Clients that were turned away. */
  readonly refused: Readonly<Record<Refusal, number>>;
  /** Gaps that clients were told of. */
  readonly gaps: number;
  /** Messages that were published here. */
  readonly published: number;
  /** Messages that were written to clients: one that goes to a thousand counts a thousand. */
  readonly delivered: number;
  /** Bytes of all that was written to clients, before a proxy, TLS or HTTP adds its own. */
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
 * What a hub lets be seen of itself: it counts, tells `node:diagnostics_channel`, and writes to the app's logger. What nobody
 * listens to costs an addition.
 */
export class Telemetry implements Observer {
  readonly #hub: object;
  readonly #logger: Logger | undefined;
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
    this.#hub = hub;
    this.#logger = logger;
  }

  get stats(): Omit<HubStats, 'connections' | 'channels'> {
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
    this.#tell('debug', topics.opened, 'connection opened', connection, { connection });
  }

  closed(connection: Audience, reason: CloseReason): void {
    this.#open[connection.transport]--;
    this.#closed[reason] = (this.#closed[reason] ?? 0) + 1;
    this.#tell('debug', topics.closed, 'connection closed', connection, { connection, reason });
  }

  /** @param transport `post` for a message that was to be sent by POST. */
  refused(transport: TransportName | 'post', reason: Refusal): void {
    this.#refused[reason]++;
    this.#tell('info', topics.refused, 'client turned away', { transport }, { reason });
  }

  lagging(connection: Audience): void {
    this.#lagging++;
    this.#tell('debug', topics.lagging, 'connection lags', connection, { connection });
  }

  /** A connection that lagged does so no more. */
  caughtUp(): void {
    this.#lagging--;
  }

  gap(audience: Audience, { reason, missed }: Gap, connections = 1): void {
    this.#gaps += connections;
    this.#tell('info', topics.gap, 'messages are missing', audience, { reason, missed, connections });
  }

  published(channel: string, id: string, bytes: number): void {
    this.#published++;
    if (topics.published.hasSubscribers) topics.published.publish({ hub: this.#hub, channel, id, bytes });
  }

  /** Bytes were written to so many connections, with so many messages in them. */
  wrote(audience: Audience, connections: number, messages: number, bytes: number): void {
    this.#bytes += connections * bytes;
    if (messages === 0) return;
    this.#delivered += connections * messages;
    const topic = topics.delivered;
    if (!topic.hasSubscribers) return;
    const { transport, channels } = audience;
    topic.publish({ hub: this.#hub, transport, channels, connections, messages, bytes });
  }

  /** Something of the app's own threw, in nobody's request. */
  failed(error: unknown, message: string): void {
    if (this.#logger) this.#log('error', { err: error }, message);
    else console.error(error);
  }

  /** A logger that throws harms nobody else. */
  #log(level: keyof Logger, fields: object, message: string): void {
    try {
      this.#logger?.[level](fields, message);
    } catch (thrown) {
      console.error(thrown);
    }
  }

  #tell(
    level: 'debug' | 'info',
    topic: DiagnosticsChannel,
    message: string,
    audience: { readonly transport: TransportName | 'post' } & Partial<Omit<Audience, 'transport'>>,
    { connection, ...fields }: Fields,
  ): void {
    if (this.#logger === undefined && !topic.hasSubscribers) return;
    const { transport, channels } = audience;
    const about = { transport, ...(channels && { channels }), ...fields };
    this.#log(level, about, message);
    if (topic.hasSubscribers) topic.publish({ hub: this.#hub, ...about, ...(connection ? { connection } : {}) });
  }
}
