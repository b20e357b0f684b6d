// The entry `@pushwire/core/testing`: tools for the tests of an app, an adapter or a backplane.

export { parseEventStream, type ReceivedEvent } from './event-stream';
export { type EventsOptions, type EventsSeen, events, type TestRequest } from './events';
export { FakeClock } from './fake-clock';
export { FakeSink } from './fake-sink';
