import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, type Hub, type HubOptions } from '@pushwire/core';
import { acceptUpgrades, push } from '@pushwire/express';
import express, { type Express, type Request } from 'express';
import { clientBundle } from './client-bundle';

const document = '<!doctype html><title>A page</title><div id="root"></div><script src="/client.js"></script>';

/**
 * A server with a page at `/`, the client as its script `/client.js`, and the hub's channels at
 * `/channels/:name`.
 */
export class ClientServer {
  readonly hub: Hub;
  /** The requests for anything but the page and its scripts. */
  readonly requests: Request[] = [];
  readonly #server: Server;

  private constructor(
    readonly app: Express,
    options: HubOptions,
  ) {
    this.hub = createHub({ retry: 500, ...options });
    const script = clientBundle();
    app.get('/', (_request, response) => void response.type('html').send(document));
    app.get('/client.js', (_request, response) => void response.type('js').send(script));
    app.use(['/channels', '/more'], (request, _response, next) => {
      this.requests.push(request);
      next();
    });
    app.get(
      '/channels/:name',
      push((request: Request<{ name: string }>) => this.hub.channel(request.params.name)),
    );
    this.#server = createServer(app);
    acceptUpgrades(this.#server, app);
  }

  /** Further routes may begin with `/more`. */
  static async start(addRoutes: (app: Express) => void = () => {}, options: HubOptions = {}): Promise<ClientServer> {
    const started = new ClientServer(express(), options);
    addRoutes(started.app);
    await new Promise<void>((resolve) => started.#server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  async close(): Promise<void> {
    await this.hub.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
