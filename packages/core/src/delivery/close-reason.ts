/**
 * Why a connection is over. None is an error.
 *
 * - `left`: the client went away.
 * - `ended`: the source is finished and the client has been told.
 * - `failed`: the source failed; the app's `onError` has the error.
 * - `draining`: the hub closes; the client was asked to come back.
 * - `answered`: a poll got its answer.
 * - `replaced`: a newer poll of the same client took its place.
 * - `spent`: the stream has sent as many bytes as it may; the client was asked to come back.
 * - `aged`: the stream has lasted as long as it may; the client was asked to come back.
 * - `stalled`: the client took nothing of what was sent, for as long as is waited for that.
 * - `overrun`: the client was so slow that the log moved past it, and the app wants such clients to come back.
 * - `full`: the hub had no room for it any more when its handshake was done.
 * - `unavailable`: the backplane could not be reached when its handshake was done, or could not tell where it stood.
 * - `forbidden`: `authorize` says no to it now; the client was asked to come back, and will be refused then.
 * - `silent`: the client answered no ping.
 * - `refused`: the client sent what it may not: too much at once, too often, or no valid WebSocket frames.
 */
export type CloseReason =
  | 'left'
  | 'ended'
  | 'failed'
  | 'draining'
  | 'answered'
  | 'replaced'
  | 'spent'
  | 'aged'
  | 'stalled'
  | 'overrun'
  | 'full'
  | 'unavailable'
  | 'forbidden'
  | 'silent'
  | 'refused';

/** Why a hub takes nobody on now: it closes, it has no room, or its backplane cannot be reached. */
export type HubRefusal = Extract<CloseReason, 'draining' | 'full' | 'unavailable'>;

/** Why a client is turned away before it is connected: the hub takes nobody on, or `authorize` says no. */
export type Refusal = HubRefusal | 'forbidden';
