export { type Channel, createHub, type Hub, PushwireError } from '@pushwire/core';
export { comet, longPoll, ndjson, poll, push, sse } from './middleware';
export { acceptUpgrades, webSocket, webSocketHandler } from './web-socket';
