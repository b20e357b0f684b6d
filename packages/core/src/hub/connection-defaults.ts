import type { Compression } from '../encoders/shared-deflate';

export const connectionDefaults = {
  heartbeat: 15_000,
  retry: 3000,
  batchDelay: 0,
  highWaterMark: 256 * 1024,
  /** That of connections to a state or a presence. */
  stateHighWaterMark: 16 * 1024,
  maxPending: 4 * 1024 * 1024,
  fastPath: true,
  maxAge: 570_000,
  stallTimeout: 120_000,
  sourceTimeout: 30_000,
  overrun: 'gap' as 'gap' | 'disconnect',
  compression: false as Compression | false,
};

/** The hub's settings of a connection, which a route may override. */
export type ConnectionDefaults = Readonly<typeof connectionDefaults>;
