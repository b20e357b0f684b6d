import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Channel, createHub, type Hub } from '@pushwire/core';
import { Announcer } from './announcer';
import { Cuts } from './cuts';
import { readChannelNames } from './names';
import { type PageFile, readPage, streamHeaders } from './page';
import { publishRequest } from './publish';
import { readParameter } from './query';

/** Milliseconds after which a page should come back: short, so that one need not wait to see it resume. */
export const retry = 1000;

/** What one can do with a channel, as an `Allow` header says it. */
export const channelMethods = 'GET, HEAD, POST';

/** All that the demo does, without a framework; `express.ts` and `koa.ts` say under which URLs. */
export class Demo {
  readonly hub: Hub = createHub({ retry, log: { count: 600, bytes: 512 * 1024, age: 300_000 } });
  readonly #cuts = new Cuts();
  readonly #page = readPage();
  readonly #announcer: Announcer;

  constructor(framework: string) {
    this.#announcer = new Announcer(this.hub, framework);
  }

  start(): this {
    this.#announcer.start();
    return this;
  }

  /** Says nothing more and lets every client go. */
  async close(): Promise<void> {
    this.#announcer.stop();
    await this.hub.close();
  }

  /** The channels of names with commas between them. @throws Refusal 400. */
  channels(names: string): Channel[] {
    return readChannelNames(names).map((name) => this.hub.channel(name));
  }

  /** Publishes a request's body. @throws Refusal 400, 403, 413 or 415. */
  publish(name: string, request: IncomingMessage): Promise<{ id: string }> {
    return publishRequest(this.hub, name, request);
  }

  /** Whether a stream may begin, under which policy; if not, its socket is gone. @throws Refusal 400. */
  admit(request: IncomingMessage, response: ServerResponse): boolean {
    for (const [name, value] of Object.entries(streamHeaders)) response.setHeader(name, value);
    // The socket of a WebSocket is its own, and outlives the response to its handshake.
    const line = request.headers.upgrade === undefined ? response : request.socket;
    return this.#cuts.admit(readParameter(request, 'client'), line);
  }

  /** Cuts the connections of the client that the query names. @throws Refusal 400 or 404. */
  cut(request: IncomingMessage): void {
    this.#cuts.cut(readParameter(request, 'client'), readParameter(request, 'seconds'));
  }

  /** A file of the page, by its URL path. */
  file(path: string): PageFile | undefined {
    return this.#page.get(path);
  }
}
