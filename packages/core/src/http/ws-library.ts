import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** The members of a `WebSocket` of `ws` that the core uses. */
export interface WebSocketLike {
  readonly readyState: number;
  readonly protocol: string;
  readonly isPaused: boolean;
  on(event: 'message', listener: (this: this, data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (this: this, code: number, reason: Buffer) => void): unknown;
  on(event: 'error', listener: (this: this, error: Error) => void): unknown;
  on(event: 'pong', listener: (this: this, data: Buffer) => void): unknown;
  ping(): void;
  close(code: number, reason?: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

/** The `readyState` of an open WebSocket (HTML Standard, WebSockets). */
export const openState = 1;

/** The options of a `WebSocketServer` of `ws` that the core sets. */
export interface WebSocketServerSettings {
  readonly noServer: true;
  readonly clientTracking: false;
  readonly maxPayload: number;
  readonly perMessageDeflate: false | object;
  readonly handleProtocols?: (protocols: Set<string>) => string | false;
}

/** The members of a `WebSocketServer` of `ws` that the core uses. */
export interface WebSocketServerLike<Socket extends WebSocketLike> {
  /** Tells the version: `maxPendingAutoPongs`, which bounds unread answers to pings, is of 8.23. */
  readonly options?: object;
  on(event: 'headers', listener: (lines: string[], request: IncomingMessage) => void): unknown;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, use: (webSocket: Socket) => void): void;
}

/** The `WebSocketServer` class of `ws`. Adapters pass it in, so the core has no dependencies. */
export type WebSocketServerClass<Socket extends WebSocketLike = WebSocketLike> = new (
  settings: WebSocketServerSettings,
) => WebSocketServerLike<Socket>;
