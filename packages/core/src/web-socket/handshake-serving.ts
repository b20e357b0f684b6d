import type { HubRefusal } from '../delivery/close-reason';
import { answerRetryLater, answerUnknownRun } from '../http/answers';
import { authorizeExchange } from '../http/authorization';
import { checkBeginning } from '../http/check-beginning';
import { clientKeyOf } from '../http/client-key';
import { engineOfExchange } from '../http/engine-of';
import type { Exchange } from '../http/exchange';
import { endAbandoned } from '../http/exchange';
import { sendsFrames } from '../http/query';
import { findRefusal } from '../http/refusal';
import { isUnknown } from '../http/run-log';
import type { CheckedFeed } from '../http/source';
import { stateOf } from '../http/state-feed';
import type { settingsFor } from '../http/stream-settings';
import type { PendingOptions, Serving } from '../http/transport';
import type { WebSocketLike } from '../http/ws-library';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import type { Upgrade } from '../upgrade/upgrade';
import type { ClientRates } from './client-rates';
import type { WebSocketHandshakes } from './handshake';
import type { WebSocketOptions } from './options';
import type { OpenWebSocket } from './route-handshake';
import { WebSocketSession } from './session';
import type { SocketSettings } from './socket-options';

/** The parts of a route that its handshakes share. */
export interface HandshakeRoute<Request> {
  readonly options: WebSocketOptions<Request>;
  readonly settings: SocketSettings<Request>;
  readonly handshakes: WebSocketHandshakes<Request, WebSocketLike>;
  readonly settingsOf: ReturnType<typeof settingsFor>;
  readonly rates: ClientRates;
}

const none: readonly Channel[] = [];
const ofState = { ofState: true };
const isOfState = (feed: CheckedFeed) => 'channels' in feed && stateOf(feed.channels) !== undefined;

/** Serves one request of a route for WebSockets. */
export class HandshakeServing<Request> implements Serving {
  readonly transport = 'websocket';

  /** @param upgrade absent for a request that only asks for the status. */
  constructor(
    readonly route: HandshakeRoute<Request>,
    readonly exchange: Exchange<Request>,
    readonly upgrade: Upgrade | undefined,
    readonly cursor: string | undefined,
  ) {}

  get pendingOptions(): PendingOptions {
    return this.route.options;
  }

  serve(feed: CheckedFeed): undefined | Promise<undefined> {
    const { options } = this.route;
    checkBeginning(feed, options);
    const channels = 'channels' in feed ? feed.channels : none;
    const engine = engineOfExchange(this.exchange, channels, options.hub);
    const waits = options.authorize !== undefined || options.unknownRun === 404;
    return waits ? this.#ask(feed, channels, engine) : this.#accept(feed, engine);
  }

  async #ask(feed: CheckedFeed, channels: readonly Channel[], engine: Engine): Promise<undefined> {
    const { options } = this.route;
    await authorizeExchange(options, this.exchange, channels, engine, 'websocket');
    // After the handshake, there is no status any more.
    if (options.unknownRun === 404 && (await isUnknown(channels, engine))) answerUnknownRun(this.exchange, 404);
    return this.#accept(feed, engine);
  }

  #accept(feed: CheckedFeed, engine: Engine): undefined {
    const { exchange } = this;
    const { options, handshakes } = this.route;
    if (exchange.sink.gone) return endAbandoned(exchange);
    const refusal = findRefusal(engine, exchange);
    const app = 'byHand' in feed ? feed.byHand : undefined;
    if (refusal) app?.refused(refusal);
    if (refusal) return this.refuse(engine, refusal);
    // After the handshake, an error of `clientKey` could not be answered.
    const client = options.onMessage || sendsFrames(exchange.query) ? clientKeyOf(engine, exchange) : '';
    const connect = (opened: OpenWebSocket<WebSocketLike>) => this.#connect(opened, feed, engine, client);
    handshakes.open(this.upgrade ?? handshakes.check(exchange), exchange, connect, app !== undefined);
    return undefined;
  }

  #connect(opened: OpenWebSocket<WebSocketLike>, feed: CheckedFeed, engine: Engine, client: string): void {
    const { options, settings, settingsOf, rates } = this.route;
    const session = new WebSocketSession(opened, engine, this.exchange, options, settings, rates, client);
    // The hub may have closed or filled up during the handshake.
    const refusal = findRefusal(engine, this.exchange);
    if (refusal && 'byHand' in feed) feed.byHand.refused(refusal);
    if (refusal) session.refuse(refusal, settingsOf(engine).retry);
    else session.connect(feed, this.cursor, settingsOf(engine, isOfState(feed) ? ofState : undefined));
  }

  refuse(engine: Engine, reason: HubRefusal): undefined {
    return answerRetryLater(this.exchange, engine, 'websocket', reason, this.route.settingsOf(engine).retry);
  }
}
