import { Agent, get } from 'node:http';

interface Answer {
  readonly cursor: string;
  readonly messages: readonly { readonly id: string; readonly data: unknown }[];
}

/** A client that asks again as soon as it has an answer, always with the cursor of the last one in its URL. */
export class Poller {
  /** The data of all messages, as they came. */
  readonly seen: unknown[] = [];
  /** Answers without a message, in order. */
  readonly emptyCursors: string[] = [];
  /** URLs that it asked for more than once: an answer led it back to where it was. */
  readonly repeated: string[] = [];
  requests = 0;
  cursor: string | undefined;
  readonly #asked = new Set<string>();

  constructor(
    readonly pollers: Pollers,
    readonly url: string,
  ) {}

  async run(): Promise<void> {
    while (!this.pollers.stopped) {
      const url = this.cursor === undefined ? this.url : `${this.url}?cursor=${encodeURIComponent(this.cursor)}`;
      if (this.#asked.has(url)) this.repeated.push(url);
      this.#asked.add(url);
      this.requests++;
      const { cursor, messages } = await this.pollers.fetch(url);
      if (messages.length === 0 && this.cursor !== undefined) this.emptyCursors.push(cursor);
      for (const { data } of messages) this.seen.push(data);
      this.cursor = cursor;
    }
  }
}

/** Many pollers in this process, each with one connection that is kept alive. */
export class Pollers {
  stopped = false;
  readonly each: readonly Poller[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  readonly #done: Promise<void>[];

  constructor(url: string, count: number) {
    this.each = Array.from({ length: count }, () => new Poller(this, url));
    this.#done = this.each.map((poller) => poller.run());
    // Awaited when they are stopped.
    for (const done of this.#done) done.catch(() => {});
  }

  /** Lets all of them finish the poll that they are in. */
  async stop(): Promise<void> {
    this.stopped = true;
    try {
      await Promise.all(this.#done);
    } finally {
      this.#agent.destroy();
    }
  }

  fetch(url: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      get(url, { agent: this.#agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text) as Answer);
          else reject(new Error(`${url} was answered with ${response.statusCode}: ${text}`));
        });
      }).on('error', reject);
    });
  }
}
