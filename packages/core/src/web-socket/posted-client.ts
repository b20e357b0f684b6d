import { PushwireError } from '../checks/errors';
import type { CloseReason } from '../delivery/close-reason';
import { checkReason } from '../delivery/named-connection';
import { messageFrame } from '../encoders/json-frame';
import { randomId } from '../hub/open-connections';
import { checkSize, type SendOptions } from '../log/message';
import { messageFrom } from '../log/outgoing-message';
import { checkClose, type WebSocketClient } from './client';

/** The parts of a hub that the client of a POST uses. */
interface PostHost {
  readonly maxMessageBytes: number;
  readonly clock: { now(): number };
}

/** The client of one POST. The answer to the POST contains everything that is sent to it. */
export class PostedClient<Request> implements WebSocketClient<Request> {
  readonly transport = 'post';
  data: unknown;
  readonly since: number;
  readonly #host: PostHost;
  readonly #frames: string[] = [];
  #id: string | undefined;
  #reason: CloseReason | undefined;
  #whenClosed: ((reason: CloseReason) => void)[] = [];
  /** The text for the client, if the app has closed the connection. */
  #refusal: string | undefined;

  /** @param channels the names of the channels of the route. */
  constructor(
    readonly request: Request,
    readonly channels: readonly string[],
    host: PostHost,
  ) {
    this.#host = host;
    this.since = host.clock.now();
  }

  get id(): string {
    this.#id ??= randomId();
    return this.#id;
  }

  get reason(): CloseReason | undefined {
    return this.#reason;
  }

  get closed(): Promise<CloseReason> {
    if (this.#reason !== undefined) return Promise.resolve(this.#reason);
    return new Promise((resolve) => this.#whenClosed.push(resolve));
  }

  send(data: unknown, options?: SendOptions): boolean {
    const message = messageFrom(data, options);
    checkSize(message, this.#host.maxMessageBytes);
    if (this.#reason !== undefined) return false;
    this.#frames.push(messageFrame(message));
    return true;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  /** Adds the text of a frame to the answer. */
  add(frame: string): void {
    this.#frames.push(frame);
  }

  close(codeOrReason: number | CloseReason = 'ended', text = ''): void {
    if (typeof codeOrReason === 'string') checkReason(codeOrReason);
    else checkClose(codeOrReason, text);
    this.#refusal ??= text;
    this.end(typeof codeOrReason === 'string' ? codeOrReason : 'ended');
  }

  /** Nothing can be sent afterwards. */
  end(reason: CloseReason): void {
    this.#reason ??= reason;
    for (const resolve of this.#whenClosed.splice(0)) resolve(this.#reason);
  }

  /**
   * Returns the body of the answer, or `undefined` where nothing was sent. Nothing can be sent
   * afterwards.
   *
   * @throws PushwireError `forbidden` if the app called `close()`.
   */
  answer(): Buffer | undefined {
    this.end('answered');
    const refusal = this.#refusal;
    if (refusal !== undefined) {
      throw new PushwireError('forbidden', refusal || 'The app has closed the connection.', { status: 403 });
    }
    return this.#frames.length === 0 ? undefined : Buffer.from(`{"messages":[${this.#frames.join(',')}]}`);
  }
}
