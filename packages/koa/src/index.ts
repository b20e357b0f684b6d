export {
  type AnyEvents,
  type Channel,
  createHub,
  type Hub,
  PushwireError,
  type SocketOptions,
  type UpgradeOptions,
  type WebSocketClient,
  type WebSocketOptions,
} from '@pushwire/core';
export { comet, longPoll, ndjson, poll, push, sse } from './middleware';
export { acceptUpgrades, webSocket, webSocketHandler } from './web-socket';
