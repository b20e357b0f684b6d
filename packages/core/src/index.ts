export type { Backplane, BackplaneFactory, BackplaneHost, Followed } from './backplanes/backplane';
export type { LogStoreLimits } from './backplanes/log-store';
export { memoryBackplane } from './backplanes/memory';
export type { PresenceLimits } from './backplanes/presence-limits';
export type { StateLimits } from './backplanes/state-limits';
export { openPoll } from './by-hand/open-poll';
export type { OpenPollOptions, PollTransport } from './by-hand/open-poll-options';
export { openStream } from './by-hand/open-stream';
export type { OpenStreamOptions, StreamTransport } from './by-hand/open-stream-options';
export type { AnswerMessage } from './by-hand/poll-answer';
export type { OpenStream } from './by-hand/public-stream';
export type { OpenPoll } from './by-hand/written-poll';
export { PushwireError, type PushwireErrorCode } from './checks/errors';
export type { ListedConnection } from './clients/command';
export type { AdmissionLimits } from './delivery/admission';
export {
  type CloseReason,
  type CloseReasonInfo,
  closeReasons,
  type HubRefusal,
  type Refusal,
} from './delivery/close-reason';
export type { Messages } from './delivery/iterables';
export type { PublicConnection as Connection, ServedConnection } from './delivery/public-connection';
export type { SourceItem, SourceMessage } from './delivery/source-message';
export type { Dialect, DialectFailure, DialectMessage } from './dialects/dialect';
export type { BareField, BareFormat } from './encoders/bare-sse';
export type { FrameEvent } from './encoders/comet';
export type { CompressOptions } from './encoders/compress-options';
export type { DeflateOptions } from './encoders/deflated-frame';
export { type EventFields, type EventSpelling, encodeEvent } from './encoders/event-block';
export type { TransportName } from './encoders/transport-name';
export type { ConnectionOptions, UnknownRun } from './http/connection-options';
export type { ErrorListener } from './http/error-listener';
export type { Framework } from './http/framework';
export type { Initial, InitialContext, InitialMessage, InitialMessages } from './http/initial';
export type { Present, Presents } from './http/present';
export type { Serve } from './http/serve';
export type { AnyChannel, Feed, Source, SourceContext } from './http/source';
export type {
  WebSocketLike,
  WebSocketServerClass,
  WebSocketServerLike,
  WebSocketServerSettings,
} from './http/ws-library';
export type { Logger } from './hub/app-log';
export type { AnyEvents, Channel, EventName } from './hub/channel';
export type { ClientConnections, ClientSendOptions, DisconnectOptions } from './hub/client-connections';
export type { CloseOptions } from './hub/close-options';
export { createHub, type Hub } from './hub/hub';
export type { HubSources } from './hub/hub-sources';
export type { Limits } from './hub/limits';
export type { LimitsOption } from './hub/limits-by-name';
export type { HubOptions } from './hub/options';
export type { AnyPresence, Member, Presence } from './hub/presence';
export type { Publisher } from './hub/publisher';
export type { AnyRun, Run } from './hub/run';
export type { AnyState, Patch, State, StateEntry } from './hub/state';
export type { HubHealth, HubStats } from './hub/telemetry';
export type { Gap } from './log/batch';
export type { ChannelGap } from './log/channel-gap';
export type { Position } from './log/cursor';
export type { Entry } from './log/entry';
export { Log } from './log/log';
export type { LogLimits } from './log/log-limits';
export type { LogTally } from './log/log-tally';
export type { Message, PublishOptions, SendOptions } from './log/message';
export type { Outcome, RunOutcome } from './log/outcome';
export { type MessageFields, type MessageOf, message, type OutgoingMessage } from './log/outgoing-message';
export type { GapReason, Resumption } from './log/resumption';
export type { Start } from './log/start';
export type { WriteOptions } from './log/write-conditions';
export type { ChannelMessage, ReadItem } from './reading/channel-message';
export type { ReadOptions } from './reading/read-options';
export type { Produce, ProduceContext, RunSender } from './runs/produce';
export { RunError } from './runs/run-error';
export type { RunReadOptions } from './runs/run-rules';
export type { RunStart } from './runs/run-start';
export type { RunState } from './runs/run-state';
export type { RunSize, StartOptions, StopOptions } from './runs/start-options';
export type { StateWriteOptions } from './states/write-options';
export type { Clock } from './time/clock';
export { type CometOptions, serveComet } from './transports/comet';
export type { CometCallback } from './transports/comet-callback';
export { type NdjsonOptions, serveNdjson } from './transports/ndjson';
export { serveLongPoll, servePoll } from './transports/poll';
export type { LongPollOptions, PollAnswer, PollOptions } from './transports/poll-options';
export { type PushOptions, servePush } from './transports/push';
export { type SseOptions, serveSse } from './transports/sse';
export type { StreamOptions } from './transports/streaming-options';
export { acceptUpgrades, type UpgradeOptions, type UpgradeRunner } from './upgrade/accept-upgrades';
export type { UpgradableServer } from './upgrade/upgrade';
export { AnswerError } from './web-socket/answer-error';
export type { WebSocketClient } from './web-socket/client';
export { type Fallthrough, type FallthroughOption, readFallthrough } from './web-socket/fallthrough';
export type { WebSocketOptions } from './web-socket/options';
export type { Origins } from './web-socket/origin';
export { serveRawWebSocket } from './web-socket/raw-web-socket';
export { serveWebSocket } from './web-socket/route';
export type { SocketOptions } from './web-socket/socket-options';
