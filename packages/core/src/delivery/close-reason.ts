/** The meaning of one close reason, for the server and for its client. */
export interface CloseReasonInfo {
  /** The reason in one sentence. */
  readonly meaning: string;
  /**
   * The close code of a WebSocket (RFC 6455, 7.4.1, and the IANA registry of close codes). Absent
   * if the server never closes a WebSocket for this reason.
   */
  readonly closeCode?: number;
  /** True if the client should reconnect with its cursor, false if that does not help. */
  readonly reconnect: boolean;
}

/**
 * Every reason for which a connection closes. None of them is an error.
 *
 * @example
 * ```ts
 * import { type CloseReason, closeReasons } from '@pushwire/core';
 *
 * function log(reason: CloseReason) {
 *   const { meaning, reconnect } = closeReasons[reason];
 *   console.log(`${reason}: ${meaning} ${reconnect ? 'It will reconnect.' : ''}`);
 * }
 * ```
 */
export const closeReasons = {
  left: { meaning: 'The client went away.', reconnect: true },
  ended: { meaning: 'The source has ended, and the client was told.', closeCode: 1000, reconnect: false },
  failed: { meaning: 'The source failed. `onError` has the error.', closeCode: 1011, reconnect: true },
  draining: { meaning: 'The hub is closing.', closeCode: 1012, reconnect: true },
  answered: { meaning: 'A poll got its answer.', reconnect: true },
  replaced: { meaning: 'A newer poll of the same client took its place.', reconnect: true },
  spent: { meaning: 'The stream has sent as many bytes as it may.', reconnect: true },
  aged: { meaning: 'The stream has lasted as long as it may (`maxAge`).', reconnect: true },
  stalled: { meaning: 'The client took no bytes within `stallTimeout`.', reconnect: true },
  overrun: {
    meaning: "The slow client's next messages were evicted, and the hub's `overrun` is `'disconnect'`.",
    closeCode: 1012,
    reconnect: true,
  },
  full: { meaning: 'The hub had no room left when the handshake was done.', closeCode: 1013, reconnect: true },
  unavailable: {
    meaning: 'The backplane could not be reached when the handshake was done.',
    closeCode: 1013,
    reconnect: true,
  },
  forbidden: {
    meaning: '`authorize` now returns false for the client, or the app has disconnected it.',
    closeCode: 1008,
    reconnect: true,
  },
  silent: { meaning: 'The client answered no ping.', reconnect: true },
  refused: {
    meaning: 'The client sent too much, too often, or invalid WebSocket frames.',
    closeCode: 1008,
    reconnect: true,
  },
} as const satisfies Record<string, CloseReasonInfo>;

/** Why a connection closed. {@link closeReasons} says what each reason means. */
export type CloseReason = keyof typeof closeReasons;

/** Why a hub refuses a client: it closes, it is full, or its backplane cannot be reached. */
export type HubRefusal = Extract<CloseReason, 'draining' | 'full' | 'unavailable'>;

/** Why a client is refused before it is connected: by the hub, or by `authorize`. */
export type Refusal = HubRefusal | 'forbidden';
