import { misuse } from '../checks/errors';
import type { HubRefusal } from '../delivery/close-reason';
import type { Encoder } from '../encoders/encoder';
import { authorizeExchange } from '../http/authorization';
import { checkBeginning } from '../http/check-beginning';
import { engineOfExchange } from '../http/engine-of';
import { type ErrorListener, errorListener } from '../http/error-listener';
import { type Exchange, endAbandoned } from '../http/exchange';
import { cursorOf, paddingOf } from '../http/query';
import type { CheckedFeed } from '../http/source';
import { stateOf } from '../http/state-feed';
import { settingsFor } from '../http/stream-settings';
import type { Served, Transport } from '../http/transport';
import type { Engine } from '../hub/engine';
import { beginStream, type StreamRequest } from './begin-stream';
import type { StreamOptions } from './streaming-options';
import { refuse } from './whole-stream';

/** The parts in which the streaming transports of a route differ. */
export interface StreamingKind<Request> {
  readonly options: StreamOptions<Request>;
  /** Receives errors on routes without `onError`. */
  readonly defaultOnError: ErrorListener<Request> | undefined;
  /** The app's own name for the query parameter of the cursor. */
  readonly parameter?: string;
  /** Bytes after which a stream ends and the client reconnects. Defaults to no limit. */
  readonly maxBytes?: number;
  /** Milliseconds after which a channel's stream ends. Defaults to the hub's. */
  readonly maxAge?: number;
  /** Returns the encoder for a request, or refuses the request by throwing. */
  encoderOf(exchange: Exchange<Request>): Encoder;
}

const defaultFirstMessageTimeout = 1000;

/** Makes a transport whose responses stay open. */
export function streaming<Request>(kind: StreamingKind<Request>): Transport<Request> {
  const { options, defaultOnError, parameter } = kind;
  const { firstMessageTimeout = defaultFirstMessageTimeout } = options;
  const settingsOf = settingsFor(
    kind.maxAge === undefined ? options : { ...options, maxAge: kind.maxAge },
    kind.maxBytes,
  );
  return (exchange) => {
    const encoder = kind.encoderOf(exchange);
    const cursor = cursorOf(exchange.incoming, exchange.query, parameter);
    const serve = (feed: CheckedFeed): Served | Promise<Served> => {
      checkBeginning(feed, options);
      const channels = 'channels' in feed ? feed.channels : [];
      if (encoder.foreign && channels.length > 1) throw misuse('source', 'one channel beside dialect', channels);
      const state = stateOf(channels);
      if (state && (encoder.isBare || encoder.foreign)) throw withoutGaps(encoder, state);
      const engine = engineOfExchange(exchange, channels, options.hub);
      const settings = settingsOf(engine, { padding: paddingOf(exchange.query), ofState: state !== undefined });
      const onError = errorListener(options.onError ?? defaultOnError, engine.observer);
      const streamRequest: StreamRequest<Request> = { exchange, engine, encoder, cursor, settings, onError, options };
      if (!options.authorize) return beginStream(feed, channels, streamRequest, firstMessageTimeout);
      return authorizeExchange(options, exchange, channels, engine, encoder.transport).then(() =>
        exchange.sink.gone ? endAbandoned(exchange) : beginStream(feed, channels, streamRequest, firstMessageTimeout),
      );
    };
    const refuseRequest = (engine: Engine, reason: HubRefusal) =>
      refuse(exchange, engine, encoder, settingsOf(engine), reason);
    return { transport: encoder.transport, cursor, pendingOptions: options, serve, refuse: refuseRequest };
  };
}

/** A client that is not told of a gap would show keys that are gone. */
const withoutGaps = ({ foreign }: Encoder, state: unknown): TypeError =>
  misuse('source', `no state beside ${foreign ? 'dialect' : 'bare'}, where clients are told of no gap`, state);
