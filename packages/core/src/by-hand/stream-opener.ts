import { checkOptions, withoutUndefined } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { ndjsonEncoder } from '../encoders/ndjson';
import type { Exchange } from '../http/exchange';
import type { Framework } from '../http/framework';
import type { Transport } from '../http/transport';
import { chooseTransport } from '../transports/choose-transport';
import { cometTransport } from '../transports/comet';
import { checkBare, checkDialectOptions, sseTransport } from '../transports/sse';
import { streaming } from '../transports/streaming';
import type { ClientRates } from '../web-socket/client-rates';
import { checkWebSocketOptions, ratesFor, type WebSocketOptions } from '../web-socket/options';
import { isPostedMessage, postReceiver } from '../web-socket/post-receiver';
import { webSocketTransport } from '../web-socket/route';
import {
  type OpenStreamOptions,
  openStreamChecks,
  type StreamTransport,
  streamTransports,
} from './open-stream-options';

/** Chooses the transports of streams by hand that share their options. */
export class StreamOpener<Request> {
  readonly maxPending: number | undefined;
  /** True if every stream is a bare event stream, whatever the client asks for. */
  readonly isBare: boolean;
  readonly #framework: Framework<Request>;
  readonly #options: OpenStreamOptions<Request>;
  readonly #offered: readonly StreamTransport[];
  /** They are made on demand, since the options may serve one request only. */
  readonly #made = new Map<StreamTransport | 'post', Transport<Request>>();
  #rates: ClientRates | undefined;

  /** @throws TypeError for an option that does not fit. */
  constructor(options: OpenStreamOptions<Request> | undefined, framework: Framework<Request>) {
    this.#options = checkOptions<OpenStreamOptions<Request>>('openStream', options, openStreamChecks);
    this.#framework = framework;
    this.maxPending = this.#options.maxPending;
    const { transport, bare = false } = this.#options;
    this.isBare = bare !== false && transport === 'sse';
    if (this.isBare) checkBare('openStream', this.#options);
    else if (bare !== false && transport !== undefined) {
      throw misuse('openStream option bare', `none beside the transport ${transport}`, bare);
    }
    if (this.#options.dialect && transport !== undefined && transport !== 'sse') {
      throw misuse('openStream option dialect', `none beside the transport ${transport}`, this.#options.dialect);
    }
    checkDialectOptions('openStream', this.#options);
    const possible = streamTransports.filter((name) => name !== 'websocket' || framework.WebSocketServer);
    this.#offered = transport === undefined ? possible : [transport];
    // They are checked at once, and not only for the first client that asks for them.
    if (this.#options.comet) this.#make('comet');
    if (this.#options.webSocket) checkWebSocketOptions(this.#socketOptions());
  }

  /** @throws PushwireError `bad-request` or `not-acceptable`. */
  transportOf(exchange: Exchange<Request>): Transport<Request> {
    const { transport, webSocket } = this.#options;
    if (webSocket?.onMessage && isPostedMessage(exchange)) return this.#make('post');
    return this.#make(transport ?? chooseTransport(exchange, this.#offered));
  }

  #make(name: StreamTransport | 'post'): Transport<Request> {
    const made = this.#made.get(name) ?? this.#new(name);
    this.#made.set(name, made);
    return made;
  }

  #new(name: StreamTransport | 'post'): Transport<Request> {
    const {
      transport: _transport,
      maxPending: _maxPending,
      comet,
      webSocket: _socket,
      bare,
      dialect,
      ...options
    } = this.#options;
    const { onError: defaultOnError } = this.#framework;
    if (name === 'sse') return sseTransport({ ...options, ...withoutUndefined({ bare, dialect }) }, defaultOnError);
    if (name === 'ndjson') return streaming({ options, defaultOnError, encoderOf: () => ndjsonEncoder });
    if (name === 'comet') return cometTransport({ ...options, ...withoutUndefined(comet) }, defaultOnError);
    const socketOptions = this.#socketOptions();
    // Messages that a client POSTs are counted together with those over its WebSockets.
    this.#rates ??= ratesFor(socketOptions);
    const { onMessage } = socketOptions;
    if (name === 'post' && onMessage) return postReceiver(socketOptions, onMessage, this.#rates);
    return webSocketTransport(socketOptions, this.#framework, this.#rates);
  }

  #socketOptions(): WebSocketOptions<Request> {
    const {
      transport: _transport,
      maxPending: _max,
      comet: _comet,
      bare: _bare,
      dialect: _dialect,
      padding: _padding,
      webSocket,
      ...common
    } = this.#options;
    return { ...common, ...withoutUndefined(webSocket) };
  }
}
