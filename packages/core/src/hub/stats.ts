import type { CloseReason, Refusal } from '../delivery/close-reason';
import type { TransportName } from '../encoders/transport-name';

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
