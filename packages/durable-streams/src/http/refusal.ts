/** The answer to a request that is answered at once. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
}

/** Answers a request that cannot be done. The sentence is for the client. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    sentence: string,
    readonly headers: Answer['headers'] = {},
  ) {
    super(sentence);
  }

  get answer(): Answer {
    const headers = { 'Cache-Control': 'no-store', ...this.headers, 'Content-Type': 'text/plain; charset=utf-8' };
    return { status: this.status, headers, body: `${this.message}\n` };
  }
}
