// The entry `@pushwire/durable-streams`.

export { DurableStreams, durableStreams } from './durable-streams';
export type { DurableStreamsLimits, DurableStreamsOptions } from './options';
