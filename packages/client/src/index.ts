export type { Clock } from './environment/clock.js';
export { connect } from './connect.js';
export type { AnyEvents, Connection, ConnectionStatus, Gap, Message } from './connection.js';
export { type ErrorDetails, PushwireError, type PushwireErrorCode } from './wire/error.js';
export type { Frame } from './wire/frame.js';
export { type Memory, storedIn } from './environment/memory.js';
export { type GapNotice, type MessagesOptions, messages, type Notice, type OverflowNotice } from './messages.js';
export type { ConnectOptions, Headers, TransportName } from './options.js';
export type { Status } from './machine/state.js';
export type {
  Link,
  Transport,
  TransportListener,
  TransportRequest,
  WebSocketClass,
} from './transports/transport.js';
