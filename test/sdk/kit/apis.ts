import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, type Feed, type Hub, type HubOptions, type SseOptions } from '@pushwire/core';
import { Gate } from '../../kit/gate';

/** The parts of a request that a route uses, in either framework. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON of a POST. */
  // biome-ignore lint/suspicious/noExplicitAny: Each SDK has a body of its own, which is not under test.
  readonly body: any;
}

/** An answer that is not streamed. */
export interface PlainAnswer {
  readonly status: number;
  readonly json?: unknown;
  /** HTML or a script. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A route of an API that an SDK calls. */
export interface ApiRoute {
  readonly method: 'get' | 'post';
  readonly path: string;
  /** Answers without a stream, unless it returns `undefined`. */
  readonly answer?: (call: Call) => PlainAnswer | undefined;
  /** Returns what is streamed. */
  readonly stream?: (call: Call) => Feed | Promise<Feed>;
  readonly headers?: (call: Call) => Readonly<Record<string, string>>;
  readonly options?: Omit<SseOptions<unknown>, 'hub'>;
}

/** Mounts routes on a framework, with Pushwire's adapter for it. */
export interface Framework {
  readonly name: string;
  mount(routes: readonly ApiRoute[], hub: Hub): Server;
}

const silent = { debug: () => {}, info: () => {}, error: () => {} };

/** An API that listens on a free port, behind a proxy that can cut connections. */
export class Api {
  private constructor(
    readonly hub: Hub,
    readonly url: string,
    readonly server: Server,
    /** Clients connect to it. It can cut them off without the server's doing. */
    readonly gate: Gate,
  ) {}

  static async start(framework: Framework, routes: (hub: Hub) => readonly ApiRoute[], options?: HubOptions) {
    // Models that fail are told to the log.
    const hub = createHub({ logger: silent, ...options });
    const server = framework.mount(routes(hub), hub);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const gate = await Gate.start((server.address() as AddressInfo).port);
    return new Api(hub, `http://127.0.0.1:${gate.port}`, server, gate);
  }

  async close(): Promise<void> {
    await this.hub.close();
    await this.gate.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
