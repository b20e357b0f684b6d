/** The names of the transports, as in `?transport=`. */
export const transportNames = ['sse', 'ndjson', 'long-poll', 'poll', 'comet', 'websocket'] as const;

/** The name of a transport. */
export type TransportName = (typeof transportNames)[number];
