import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** What is needed of a WebSocket, as `ws` has it. */
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

/** `readyState` of a WebSocket that takes messages (HTML Standard, WebSockets). */
export const openState = 1;

/** Settings that `ws` knows. */
export interface WebSocketServerSettings {
  readonly noServer: true;
  readonly clientTracking: false;
  readonly maxPayload: number;
  readonly perMessageDeflate: false | object;
  readonly handleProtocols?: (protocols: Set<string>) => string | false;
}

/** What is needed of a WebSocket server, as `ws` has it. */
export interface WebSocketServerLike<Socket extends WebSocketLike> {
  on(event: 'headers', listener: (lines: string[], request: IncomingMessage) => void): unknown;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, use: (webSocket: Socket) => void): void;
}

/** The `WebSocketServer` of `ws`, which the adapters give: the core depends on nothing. */
export type WebSocketServerClass<Socket extends WebSocketLike = WebSocketLike> = new (
  settings: WebSocketServerSettings,
) => WebSocketServerLike<Socket>;
