/**
 * The close codes that a Pushwire server sends on a WebSocket (PROTOCOL.md, section 8.5). An error
 * of a closed WebSocket has its code as `closeCode`. "The client reconnects" means: with the
 * cursor, after the back-off or the time that the server asked for.
 */
export const closeCodes = {
  /**
   * The source is finished, or the app closed the connection without a code of its own.
   * The client does not reconnect: its status is `ended`.
   */
  ended: 1000,
  /** The server received frames that RFC 6455 does not allow. The client reconnects. */
  protocolError: 1002,
  /** The server received text that is not UTF-8. The client reconnects. */
  invalidText: 1007,
  /** The client sent a message to a route that takes none. The client reconnects. */
  unsupportedData: 1003,
  /**
   * The client sent more messages in a second than it may (reason `refused`), or lost its right to
   * the source (reason `forbidden`). The client reconnects; without the right it is answered with
   * 403 then and fails.
   */
  policyViolation: 1008,
  /** The client sent a message that is too large. The client reconnects. */
  messageTooBig: 1009,
  /** The source or the app's message handler failed (reason `failed`). The client reconnects. */
  internalError: 1011,
  /**
   * The hub is closing (reason `draining`), or the log moved past a slow client (reason `overrun`).
   * The client reconnects.
   */
  serviceRestart: 1012,
  /**
   * The hub has no room (reason `full`), or cannot reach its backplane (reason `unavailable`).
   * The client reconnects.
   */
  tryAgainLater: 1013,
} as const;

/**
 * The first of the close codes that belong to apps, 3000 to 4999. After one of them the client does
 * not reconnect: its status is `failed`, and the error's code is `closed`.
 */
export const firstAppCloseCode = 3000;
