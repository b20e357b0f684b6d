// The entry `@pushwire/core/testing`: tools for the tests of an app, an adapter or a backplane.

export type { Opened } from './connection';
export { parseEventStream, type ReceivedEvent } from './event-stream';
export { type EventsOptions, type EventsSeen, events } from './events';
export { FakeClock } from './fake-clock';
export { FakeSink } from './fake-sink';
export { type ListenOptions, listen, type TestStream } from './listen';
export type { ListenTarget, TestRequest } from './target';
