import type { TransportName } from '../encoders/transport-name';
import type { Gap } from '../log/batch';

/** A connection, or all connections of a group, as an event reports them. */
export interface Audience {
  readonly transport: TransportName;
  /** Names of the channels. Empty for a generator's stream. */
  readonly channels: readonly string[];
}

/**
 * Receives the events of delivery. The hub's telemetry implements it, so delivery does not depend
 * on the hub.
 */
export interface Observer {
  /** A connection's socket is full. */
  lagging(connection: Audience): void;
  /** A lagging connection is live again, or closed. */
  caughtUp(): void;
  /** Messages were lost, and `connections` connections are told. Defaults to 1. */
  gap(audience: Audience, gap: Gap, connections?: number): void;
  /** `bytes` bytes with `messages` messages were written to each of `connections` connections. */
  wrote(audience: Audience, connections: number, messages: number, bytes: number): void;
  /** A function of the app threw outside of any request. */
  failed(error: unknown, message: string): void;
}
