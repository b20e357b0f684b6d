// The entry `@pushwire/core/encoders`: the bytes of each transport, as pure functions.

export type { Gap } from '../log/batch';
export type { GapReason } from '../log/resumption';
export { type CometCall, type CometDocument, encodeCometCall, encodeCometDocument } from './comet-document';
export { type EventFields, type EventSpelling, encodeComment, encodeEvent } from './event-block';
export { encodeFrame, encodeLine, type FrameFields } from './frame-fields';
export { type HttpTransport, headersOf } from './headers';
export { encodePoll, type PollFields } from './poll-answer';
