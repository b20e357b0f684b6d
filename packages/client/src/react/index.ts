export { type Channel, useChannel } from './use-channel.js';
export { type ChannelState, type UseChannelStateOptions, useChannelState } from './use-channel-state.js';
export type { HookConnection, UseChannelOptions } from './use-connection.js';
export { type Run, type RunStatus, type UseRunOptions, useRun } from './use-run.js';
