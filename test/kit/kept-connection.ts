import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './until';

/** A complete HTTP/1 answer, as it came over a socket. */
export interface RawAnswer {
  readonly status: number;
  /** The fields of the head, by names in lower case. */
  readonly head: ReadonlyMap<string, string>;
  readonly body: string;
  /** True if the head allows a next request on the connection (RFC 9112, 9.3). */
  readonly saysKept: boolean;
}

/** An HTTP/1 client that sees its connection: it sends one request after another, and reads the answers. */
export class KeptConnection {
  #text = '';
  #isClosed = false;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (more: string) => (this.#text += more));
    socket.on('error', () => {});
    socket.on('close', () => (this.#isClosed = true));
  }

  static async open(url: string): Promise<KeptConnection> {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new KeptConnection(socket);
  }

  /** True once the server has closed the connection. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What has come of the answer so far. */
  get text(): string {
    return this.#text;
  }

  /** Sends a request. Its answer is complete when the head says so, or when the connection closes. */
  async ask(request: string, headers: readonly string[] = [], body = ''): Promise<RawAnswer> {
    this.send(request, headers, body);
    return await this.answerTo(request);
  }

  send(request: string, headers: readonly string[] = [], body = ''): void {
    this.#text = '';
    const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    this.socket.write(`${[request, 'Host: x', ...headers, ...length].join('\r\n')}\r\n\r\n${body}`);
  }

  async answerTo(request: string): Promise<RawAnswer> {
    let answer: RawAnswer | undefined;
    await until(`the answer to ${request} is complete`, () => {
      answer = parse(this.#text, request.startsWith('HEAD'), this.#isClosed);
      return answer !== undefined || this.#isClosed;
    });
    if (answer === undefined) throw new Error(`The connection closed in the middle of an answer: ${this.#text}`);
    return answer;
  }

  leave(): void {
    this.socket.destroy();
  }
}

/** Returns the answer if it is complete. */
function parse(text: string, isHead: boolean, isClosed: boolean): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [line = '', ...fields] = text.slice(0, end).split('\r\n');
  const head = new Map(fields.map((field) => [field.replace(/:.*/, '').toLowerCase(), field.replace(/^[^:]*: ?/, '')]));
  const status = Number(line.split(' ')[1]);
  const body = text.slice(end + 4);
  const connection = (head.get('connection') ?? '').toLowerCase();
  const hasNoBody = isHead || status === 204 || status === 304;
  const length = head.get('content-length');
  const isDelimited = hasNoBody || length !== undefined || head.get('transfer-encoding') === 'chunked';
  const saysKept = isDelimited && (line.startsWith('HTTP/1.1') ? connection !== 'close' : connection === 'keep-alive');
  const isComplete = hasNoBody || (isDelimited ? isBodyComplete(body, length) : isClosed);
  return isComplete ? { status, head, body, saysKept } : undefined;
}

function isBodyComplete(body: string, length: string | undefined): boolean {
  return length === undefined ? /(^|\r\n)0\r\n\r\n$/.test(body) : body.length >= Number(length);
}
