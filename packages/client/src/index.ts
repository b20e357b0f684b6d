export { connect } from './connect.js';
export type { AnyEvents, Connection, ConnectionStatus, Gap, Message } from './connection.js';
export type { Clock } from './environment/clock.js';
export { type Avoided, type Memory, type StringStorage, storedIn } from './environment/transport-memory.js';
export type { End, Status } from './machine/state.js';
export { type GapNotice, type MessagesOptions, messages, type Notice, type OverflowNotice } from './messages.js';
export type { ConnectOptions, Headers, TransportName } from './options.js';
export type {
  Bytes,
  Sendable,
  Transport,
  TransportConnection,
  TransportListener,
  TransportRequest,
  WebSocketClass,
} from './transports/transport.js';
export { closeCodes, firstAppCloseCode } from './wire/close-codes.js';
export { type ErrorDetails, PushwireError, type PushwireErrorCode } from './wire/error.js';
export type { Frame } from './wire/frame.js';
