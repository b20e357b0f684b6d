import { PushwireError } from '../checks/errors';
import { messageFrame } from '../encoders/json-frame';
import type { UnawaitedCalls } from '../hub/unawaited';
import type { PublishOptions } from '../log/message';
import { messageFrom } from '../log/outgoing-message';
import { checkClose, type WebSocketClient } from './client';

/** The client of one POST. The answer to the POST contains everything that is sent to it. */
export class PostedClient<Request> implements WebSocketClient<Request> {
  readonly #frames: string[] = [];
  #isAnswered = false;
  /** The reason of `close()`. */
  #closeReason: string | undefined;

  constructor(
    readonly request: Request,
    readonly unawaited: UnawaitedCalls,
  ) {}

  send(data: unknown, options?: PublishOptions): Promise<void> {
    const message = messageFrom(data, options);
    if (this.#isAnswered) return this.unawaited.optional('client.send()', tooLate());
    this.#frames.push(messageFrame(message));
    return Promise.resolve();
  }

  /** Adds the text of a frame to the answer. */
  add(frame: string): void {
    this.#frames.push(frame);
  }

  close(code = 1000, reason = ''): void {
    checkClose(code, reason);
    this.#closeReason = reason;
  }

  /**
   * Returns the body of the answer, or `undefined` where nothing was sent. Nothing can be sent
   * afterwards.
   *
   * @throws PushwireError `forbidden` if the app called `close()`.
   */
  answer(): Buffer | undefined {
    this.#isAnswered = true;
    const reason = this.#closeReason;
    if (reason !== undefined) {
      throw new PushwireError('forbidden', reason || 'The app has closed the connection.', { status: 403 });
    }
    return this.#frames.length === 0 ? undefined : Buffer.from(`{"messages":[${this.#frames.join(',')}]}`);
  }
}

function tooLate(): Promise<never> {
  const sentence = "This client's POST has been answered already. Publish to a channel instead.";
  return Promise.reject(new PushwireError('answered', sentence));
}
