export type { Clock } from './clock.js';
export { connect } from './connect.js';
export type { AnyEvents, Connection, ConnectionStatus, Gap, Message, Notice } from './connection.js';
export { PushwireError, type PushwireErrorCode } from './error.js';
export type { Frame } from './frame.js';
export type { Memory } from './memory.js';
export type { ConnectOptions, Headers, TransportName } from './options.js';
export type { Status } from './state.js';
export type {
  Link,
  Outcome,
  Transport,
  TransportListener,
  TransportRequest,
  WebSocketClass,
  WebSocketLike,
} from './transports/transport.js';
