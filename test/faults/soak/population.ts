import type { Random } from '../../kit/random';
import { type Client, type Kind, openClient } from './client';

/** A place for one client after the other, with a transport and a channel. */
interface Place {
  readonly kind: Kind;
  readonly channel: string;
  client: Client;
}

const rooms = 50;
/** Local addresses to connect from, so that the ports of one address don't run out. */
const addresses = 20;

/** The clients of a soak test. Each place is taken by another client from time to time. */
export class Population {
  readonly #places: Place[] = [];
  readonly #wrong: Error[] = [];
  /** The counts of clients that have left. */
  readonly #past = { messages: 0, gaps: 0 };
  came = 0;
  /** The number of clients that the server closed. */
  closedByServer = 0;

  constructor(
    readonly port: number,
    readonly random: Random,
  ) {}

  /** All channels that clients connect to. */
  static readonly channels: readonly string[] = [
    'all',
    'heavy',
    ...Array.from({ length: rooms }, (_, n) => `room-${n}`),
  ];

  get size(): number {
    return this.#places.length;
  }

  get seen(): { readonly messages: number; readonly gaps: number } {
    const sum = { ...this.#past };
    for (const { client } of this.#places) count(client, sum);
    return sum;
  }

  /** Adds a client: 5 % poll, 10 % are WebSockets, half listen to one of the rooms. */
  add(): void {
    const draw = this.random.next();
    const kind = draw < 0.05 ? 'long-poll' : draw < 0.15 ? 'websocket' : 'sse';
    this.#settle(kind, this.random.chance(0.5) ? 'all' : `room-${this.random.between(0, rooms - 1)}`);
  }

  /** Adds a client that stops reading from time to time. */
  addHeavy(): void {
    this.#settle(this.random.pick(['sse', 'websocket'] as const), 'heavy');
  }

  /** Replaces a random client by a new one. */
  replaceOne(): void {
    this.#replace(this.random.pick(this.#places));
  }

  /** Stops half of the heavy clients from reading until the returned function is called. */
  stall(): () => void {
    const heavy = this.#places.filter(({ channel }, i) => channel === 'heavy' && i % 2 === 0);
    const clients = heavy.map(({ client }) => client);
    for (const client of clients) client.pause();
    return () => {
      for (const client of clients) client.resume();
    };
  }

  /** @throws {Error} when a client got a wrong message. */
  check(): void {
    const [first] = this.#wrong;
    if (first) throw new Error(`${this.#wrong.length} clients got wrong messages, the first is ${first.message}`);
  }

  leave(): void {
    for (const { client } of this.#places.splice(0)) this.#part(client);
  }

  #settle(kind: Kind, channel: string): void {
    const place = { kind, channel } as Place;
    place.client = this.#open(place);
    this.#places.push(place);
  }

  #replace(place: Place): void {
    this.#part(place.client);
    place.client = this.#open(place);
  }

  #part(client: Client): void {
    count(client, this.#past);
    client.leave(this.random.pick(['end', 'reset'] as const));
  }

  #open(place: Place): Client {
    const { port, random } = this;
    const name = `client-${++this.came}`;
    const client: Client = openClient({
      name,
      kind: place.kind,
      channel: place.channel,
      port,
      localAddress: `127.0.0.${random.between(1, addresses)}`,
      onGone: () => {
        if (place.client !== client || !this.#places.includes(place)) return;
        this.closedByServer++;
        this.#replace(place);
      },
      onWrong: (error) => this.#wrong.push(new Error(`${place.kind} of ${place.channel}: ${error.message}`)),
    });
    return client;
  }
}

function count({ reader }: Client, sum: { messages: number; gaps: number }): void {
  sum.messages += reader.read;
  sum.gaps += reader.gaps;
}
