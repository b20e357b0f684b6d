import { Agent, get } from 'node:http';

interface Answer {
  readonly cursor: string;
  readonly messages: readonly { readonly id: string; readonly data: unknown }[];
}

/** A client that polls again after each answer, always with the latest cursor in its URL. */
export class Poller {
  /** The data of all messages, in order. */
  readonly seen: unknown[] = [];
  /** The cursors of answers without a message, in order. */
  readonly emptyCursors: string[] = [];
  /** URLs it requested more than once, because an answer led it back. */
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

/** Many pollers in this process, each with one keep-alive connection. */
export class Pollers {
  stopped = false;
  readonly each: readonly Poller[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  readonly #done: Promise<void>[];

  constructor(url: string, count: number) {
    this.each = Array.from({ length: count }, () => new Poller(this, url));
    this.#done = this.each.map((poller) => poller.run());
    // Errors surface when the pollers are stopped.
    for (const done of this.#done) done.catch(() => {});
  }

  /** Lets all pollers finish their current poll. */
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
