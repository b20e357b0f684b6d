import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEventStream } from '@pushwire/core/testing';

/** Answers by their kind: a status, or the code of an error. */
export type Answers = Map<string, number>;

const count = (answers: Answers, kind: string) => answers.set(kind, (answers.get(kind) ?? 0) + 1);

/** Reads the numbers as an `EventSource` does: it comes back with the last id after each end. */
export class Listener {
  /** The last number that it read. */
  last: number | undefined;
  /** The number of numbers that were missing. */
  missing = 0;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #leaving = new AbortController();
  #lastEventId = '';

  constructor(
    readonly port: number,
    readonly answers: Answers,
  ) {}

  async run(): Promise<void> {
    while (!this.#leaving.signal.aborted) {
      await this.#read().catch((error) => this.#failed(error));
      // The server spreads the times at which streams end, so the returns are spread, too.
      await sleep(500);
    }
    this.#agent.destroy();
  }

  leave(): void {
    this.#leaving.abort();
  }

  async #read(): Promise<void> {
    const headers = { Accept: 'text/event-stream', 'Last-Event-ID': this.#lastEventId };
    const response = await answerTo(
      { port: this.port, path: '/numbers', headers, agent: this.#agent, signal: this.#leaving.signal },
      '',
    );
    if (response.statusCode !== 200) {
      response.resume();
      count(this.answers, `${response.statusCode}`);
      return;
    }
    await this.#take(response);
    count(this.answers, '200');
  }

  async #take(response: IncomingMessage): Promise<void> {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk;
      const end = text.lastIndexOf('\n\n') + 2;
      if (end < 2) continue;
      for (const { event, data, id } of parseEventStream(text.slice(0, end))) {
        if (id) this.#lastEventId = id;
        if (event === 'message') this.#takeNumber(Number(data));
      }
      text = text.slice(end);
    }
  }

  #takeNumber(number: number): void {
    this.missing += number - (this.last ?? number - 1) - 1;
    this.last = number;
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (!this.#leaving.signal.aborted) count(this.answers, error.code ?? error.message);
  }
}

/** Sends orders at a steady rate over connections that it keeps. */
export class Orders {
  readonly answers: Answers = new Map();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #sent: Promise<void>[] = [];
  #isOver = false;

  constructor(
    readonly port: number,
    readonly perSecond: number,
  ) {}

  async run(): Promise<void> {
    const start = performance.now();
    for (let n = 0; !this.#isOver; n++) {
      await sleep(Math.max(0, start + (n * 1000) / this.perSecond - performance.now()));
      this.#sent.push(this.#send(`order ${n}`));
    }
    await Promise.all(this.#sent);
    this.#agent.destroy();
  }

  stop(): void {
    this.#isOver = true;
  }

  async #send(text: string): Promise<void> {
    const headers = { 'Content-Type': 'text/plain', 'Content-Length': text.length };
    try {
      const options = { port: this.port, path: '/orders', method: 'POST', headers, agent: this.#agent };
      const response = await answerTo(options, text);
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      const isMixedUp = response.statusCode === 200 && body !== text;
      count(this.answers, isMixedUp ? 'another body' : `${response.statusCode}`);
    } catch (error) {
      count(this.answers, (error as NodeJS.ErrnoException).code ?? String(error));
    }
  }
}

function answerTo(options: RequestOptions, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', ...options }, resolve)
      .on('error', reject)
      .end(body);
  });
}
