import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type BackplaneFactory,
  type Channel,
  type Connection,
  createHub,
  type Hub,
  type HubOptions,
  type Presence,
  type Present,
  type Run,
  type State,
} from '@pushwire/core';
import type { PageFile } from '../page-files';
import { Announcer } from './announcer';
import { Disturbances } from './disturbances';
import { type Cursor, cursorLimits, cursorsIn, hereIn, hereLimits, memberOf, moveCursor } from './here';
import { Market, type MarketClock, priceLimits } from './market';
import { readChannelNames } from './names';
import { identify, type NodeIdentity, type NodeList, nodeHeader } from './node-identity';
import { type Order, type Orders, ownOrders } from './orders';
import { readPage, streamHeaders } from './page';
import type { Person } from './people';
import { publishRequest } from './publish';
import { readParameter } from './query';
import { readOrder } from './read-order';
import { Refusal } from './refusal';
import { readPace, slowDown } from './slow-line';
import { beginStory, storyOf } from './story';
import { readPanel, readVisitorId, type Visitor, visitorChannel, visitorPrefix } from './visitors';

/** The back-off of clients in ms. It is short, so that reconnections can be watched. */
export const retry = 1000;

/** Milliseconds of silence before a heartbeat. Short, so that clients soon notice a stall. */
export const heartbeat = 3000;

/** Bytes that wait for a slow client. Few, so that it gets newer values of the prices instead. */
const highWaterMark = 8 * 1024;

/** The methods of a channel, for the `Allow` header. */
export const channelMethods = 'GET, HEAD, POST';

/** Transports whose response headers a page cannot read. */
const headless: readonly string[] = ['comet', 'websocket'];

/** The connection to other demo processes. Without it, a process is alone. */
export interface Joint {
  readonly backplane: BackplaneFactory;
  orders(carryOut: (order: Order) => void): Promise<Orders>;
}

/** The demo without a framework. `express.ts` and `koa.ts` define its URLs. */
export class Demo {
  readonly hub: Hub;
  readonly #disturbances = new Disturbances();
  readonly #page = readPage();
  readonly #announcer: Announcer;
  readonly #market: Market;
  #orders: Orders = ownOrders((order) => this.#disturbances.carryOut(order));

  /** @param options of the hub, in place of those of the demo. */
  constructor(
    readonly framework: string,
    readonly joint?: Joint,
    options: HubOptions = {},
  ) {
    this.hub = createHub({
      retry,
      heartbeat,
      highWaterMark,
      log: (channel) =>
        channel.startsWith(visitorPrefix)
          ? { count: 20, age: 60_000 }
          : { count: 600, bytes: 512 * 1024, age: 300_000 },
      state: (name) => (name === 'prices' ? priceLimits : cursorLimits),
      presence: hereLimits,
      ...(joint && { backplane: joint.backplane }),
      ...options,
    });
    this.#announcer = new Announcer(this.hub, identify(framework, 0));
    this.#market = new Market(this.hub, () => this.node);
  }

  get node(): NodeIdentity {
    return this.#announcer.node;
  }

  /** @param port the port that the server listens on. */
  async start(port: number, name?: string): Promise<this> {
    if (this.joint) this.#orders = await this.joint.orders((order) => this.#disturbances.carryOut(order));
    this.#announcer.start(identify(this.framework, port, name));
    return this;
  }

  /** Stops publishing and closes all connections. */
  async close(): Promise<void> {
    this.#announcer.stop();
    await this.hub.close();
    await this.#orders.close();
  }

  /** Returns the channels of a comma-separated list of names. @throws {Refusal} 400. */
  channels(names: string): Channel[] {
    return readChannelNames(names).map((name) => this.hub.channel(name));
  }

  /** Publishes a request's body. @throws {Refusal} 400, 403, 413 or 415. */
  publish(name: string, request: IncomingMessage): Promise<{ id: string }> {
    return publishRequest(this.hub, name, request);
  }

  /** Resolves to false when the request's socket was destroyed. @throws {Refusal} 400 or 406. */
  async admit(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    for (const [name, value] of Object.entries(streamHeaders)) response.setHeader(name, value);
    response.setHeader(nodeHeader, this.node.name);
    if (readParameter(request, 'refuse') !== undefined) throw new Refusal(406, 'This is refused, as you asked.');
    const visitor = visitorIn(request);
    return visitor === undefined || this.#disturbances.admit(visitor, request, response);
  }

  /**
   * Tells a panel its node when it cannot read that from the response headers. The event goes to a
   * channel of the panel's own, which it follows along with the others.
   */
  async welcome({ transport, channels }: Connection, request: IncomingMessage): Promise<void> {
    const visitor = visitorIn(request);
    if (visitor === undefined || !headless.includes(transport)) return;
    const channel = visitorChannel(visitor);
    if (channels.includes(channel)) await this.hub.channel(channel).publish(this.node, { event: 'node' });
  }

  /** Returns the story of a room. @throws {Refusal} 400 or 403. */
  story(room: string): Run {
    return storyOf(this.hub, room);
  }

  /** Begins the story of a room, unless one is told already. @throws {Refusal} 400 or 403. */
  beginStory(room: string): Promise<{ started: boolean }> {
    return beginStory(this.hub, room, this.node);
  }

  /** Returns those who look at a room, if the request makes sense. @throws {Refusal} 400 or 403. */
  here(room: string, request: IncomingMessage): Presence<Person> {
    this.member(room, request);
    return hereIn(this.hub, room);
  }

  /** The member that a request's window is, if any. @throws {Refusal} 400 or 403. */
  member(room: string, request: IncomingMessage): Present | undefined {
    return memberOf(this.hub, room, request, this.node.name);
  }

  /** Returns the pointers of a room. @throws {Refusal} 400 or 403. */
  cursors(room: string): State<Cursor> {
    return cursorsIn(this.hub, room);
  }

  /** Moves a pointer to where the request's body says. @throws {Refusal} 400, 403, 413 or 415. */
  moveCursor(room: string, request: IncomingMessage): Promise<void> {
    return moveCursor(this.hub, room, request);
  }

  /** The prices, for a request whose pace makes sense. @throws {Refusal} 400. */
  prices(request: IncomingMessage): State<number | MarketClock> {
    readPace(request);
    return this.#market.prices;
  }

  /** Keeps the prices going for a connection, at the pace of its query. */
  watchPrices(connection: Connection, request: IncomingMessage): void {
    this.#market.watch(connection.closed);
    slowDown(connection, request, readPace(request));
  }

  /** Cuts or stalls the connections that the query names. @throws {Refusal} 400. */
  async disturb(act: Order['act'], request: IncomingMessage): Promise<void> {
    await this.#orders.give(readOrder(act, request));
  }

  /** Lists the known nodes. A cluster's front end answers this itself, and can kill nodes. */
  nodes(): NodeList {
    return { time: Date.now(), killable: false, nodes: [{ ...this.node, state: 'running' }] };
  }

  /** Returns a file of the page by its URL path. */
  file(path: string): PageFile | undefined {
    return this.#page.get(path);
  }
}

function visitorIn(request: IncomingMessage): Visitor | undefined {
  const visitor = readParameter(request, 'visitor');
  if (visitor === undefined) return undefined;
  return { visitor: readVisitorId(visitor), panel: readPanel(readParameter(request, 'panel')) ?? 'page' };
}
