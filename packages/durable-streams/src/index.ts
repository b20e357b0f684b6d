// The entry `@pushwire/durable-streams`.

export { DurableStreams, durableStreams } from './durable-streams';
export type { AppendOptions, CreateOptions } from './in-process';
export type { DurableStreamsLimits, DurableStreamsOptions } from './options';
