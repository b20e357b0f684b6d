import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HubOptions } from '@pushwire/core';
import { acceptUpgrades, createHub, type Hub, push } from '@pushwire/express';
import express from 'express';
import { clientScript } from './client-page';

const document = '<!doctype html><title>Client</title><script src="/client.js"></script>';
const everyMs = 25;

/** A server that publishes the numbers 1, 2, 3 … on channels and serves a page with the client. */
export class NumbersServer {
  readonly hub: Hub;
  readonly server: Server;
  readonly #counts = new Map<string, number>();
  #publishing = new AbortController();
  #published = Promise.resolve();

  private constructor(options: HubOptions) {
    this.hub = createHub({ retry: 500, heartbeat: 500, ...options });
    const [app, script] = [express(), clientScript()];
    app.get('/', (_request, response) => void response.type('html').send(document));
    app.get('/client.js', (_request, response) => void response.type('js').send(script));
    app.get(
      '/channels/:name',
      push<express.Request<{ name: string }>>((request) => this.hub.channel(request.params.name), {
        poll: { interval: 500 },
      }),
    );
    this.server = app.listen(0, '127.0.0.1');
    acceptUpgrades(this.server, app);
  }

  static async start(options: HubOptions = {}): Promise<NumbersServer> {
    const started = new NumbersServer(options);
    await once(started.server, 'listening');
    return started;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The number of messages this server has published on a channel. */
  count(channel: string): number {
    return this.#counts.get(channel) ?? 0;
  }

  /** Publishes on exactly these channels from now on. */
  async publishOn(...channels: readonly string[]): Promise<void> {
    this.#publishing.abort();
    await this.#published;
    this.#publishing = new AbortController();
    this.#published = this.#keepPublishing(channels, this.#publishing.signal);
  }

  async #keepPublishing(channels: readonly string[], signal: AbortSignal): Promise<void> {
    while (channels.length > 0 && !signal.aborted) {
      for (const channel of channels) {
        const number = this.count(channel) + 1;
        await this.hub.channel(channel).publish(number, { event: 'number' });
        this.#counts.set(channel, number);
      }
      await sleep(everyMs);
    }
  }

  /** Continues another server's numbers. */
  countFrom(other: NumbersServer): void {
    for (const [channel, count] of other.#counts) this.#counts.set(channel, count);
  }

  async close(): Promise<void> {
    await this.publishOn();
    await this.hub.close();
    this.server.close();
    this.server.closeAllConnections();
  }
}
