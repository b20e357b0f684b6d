import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import type { Gap } from '../log/batch';
import { Snapshot, type SnapshotSource } from '../subscribing/snapshot';
import { stateSnapshots } from '../subscribing/state-snapshot';
import { captureContext } from '../time/async-context';
import type { Exchange } from './exchange';
import { stateOf } from './state-feed';

/** The second argument of `initial`. */
export interface InitialContext {
  /** The channels whose state the client does not know. */
  readonly channels: readonly Channel[];
  /**
   * The place in the log that was fixed for the client, as a cursor. The channels' messages after
   * it follow those of `initial`.
   */
  readonly cursor: string;
  /** The gap for which the client needs the messages. Absent for a client without a cursor. */
  readonly gap?: Pick<Gap, 'reason' | 'missed'>;
  /** Fires when the connection closes for any reason. */
  readonly signal: AbortSignal;
}

/** A message of `initial`: a string, or data with an event name and a place. */
export type InitialMessage =
  | string
  | {
      /** A string is sent as text, bytes as base64, and any other value as JSON text. */
      data: unknown;
      /** The event's name. No CR, LF or NUL; `pushwire:`, `error` and `open` are reserved. */
      event?: string | undefined;
      /**
       * The id of the last message of the channel that this state includes, as `publish()` has
       * returned it. The client goes on after it, or after the newest one if several messages have
       * ids. Without an id, it goes on after the place that was fixed when `initial` was called.
       */
      id?: string | undefined;
    };

/** The return value of `initial`: one message or several, or nothing. */
export type InitialMessages =
  | InitialMessage
  | Iterable<InitialMessage>
  | AsyncIterable<InitialMessage>
  | null
  | undefined;

/** A function that gives a client what it does not know when it connects, or after a gap. */
export type Initial<Request> = (
  request: Request,
  context: InitialContext,
) => InitialMessages | Promise<InitialMessages>;

/** Snapshots in a row, each after a gap of its own, that an app is asked for. */
const maxInRow = 3;

const ofStates = new WeakMap<Engine, SnapshotSource>();

/** Makes one for all clients of a hub. It knows no request, which an idle connection would keep. */
function stateSnapshotsOf(engine: Engine): SnapshotSource {
  let source = ofStates.get(engine);
  if (source === undefined) {
    source = stateSnapshots((error) => engine.observer.failed(error, 'the `map` option threw'));
    ofStates.set(engine, source);
  }
  return source;
}

/** Binds a route's `initial` to a request. Most routes have none, and a state has its own. */
export function snapshotsOf<Request>(
  { initial, sourceTimeout }: { initial?: Initial<Request> | undefined; sourceTimeout?: number | undefined },
  exchange: Exchange<Request>,
  channels: readonly Channel[],
  engine: Engine,
  onError: (error: unknown, request: Request) => void,
): SnapshotSource | undefined {
  if (stateOf(channels)) return stateSnapshotsOf(engine);
  const timeout = sourceTimeout ?? engine.settings.sourceTimeout;
  return initial && initialSnapshots(initial, timeout, exchange, channels, engine, onError);
}

function initialSnapshots<Request>(
  initial: Initial<Request>,
  timeout: number,
  { request, closing }: Exchange<Request>,
  channels: readonly Channel[],
  engine: Engine,
  onError: (error: unknown, request: Request) => void,
): SnapshotSource {
  const run = captureContext();
  return {
    timeout,
    run,
    maxInRow,
    ask({ channels: names, ...about }) {
      const context = {
        ...about,
        channels: channels.filter(({ name }) => names.includes(name)),
        get signal() {
          return closing.signal;
        },
      };
      return new Snapshot(initial(request, context), engine.maxMessageBytes);
    },
    onError: (error) => run(() => onError(error, request)),
  };
}
