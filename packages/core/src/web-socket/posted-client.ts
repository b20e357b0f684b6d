import { PushwireError } from '../checks/errors';
import { messageFrame } from '../encoders/json-frame';
import { checkPublishOptions, createMessage, type PublishOptions } from '../log/message';
import type { WebSocketClient } from './options';
import { checkClose } from './options';

/** Who sent a message by POST, as `onMessage` has it: what it is sent goes into the answer. */
export class PostedClient<Request> implements WebSocketClient<Request> {
  readonly #frames: string[] = [];
  #isAnswered = false;
  #farewell: string | undefined;

  constructor(readonly request: Request) {}

  send(data: unknown, options?: PublishOptions): Promise<void> {
    const message = createMessage(data, checkPublishOptions(options).event);
    if (this.#isAnswered) return tooLate();
    this.#frames.push(messageFrame(message));
    return Promise.resolve();
  }

  close(code = 1000, reason = ''): void {
    checkClose(code, reason);
    this.#farewell = reason;
  }

  /**
   * The body of the answer; `undefined` where there is nothing to say. From here on nothing more can be sent.
   *
   * @throws PushwireError `forbidden` where the app has closed.
   */
  answer(): Buffer | undefined {
    this.#isAnswered = true;
    const reason = this.#farewell;
    if (reason !== undefined) throw new PushwireError('forbidden', reason || 'The app has closed.', { status: 403 });
    return this.#frames.length === 0 ? undefined : Buffer.from(`{"messages":[${this.#frames.join(',')}]}`);
  }
}

/** Over a WebSocket nobody need wait for what is sent, and so a rejection that nobody waits for must not end the process here. */
function tooLate(): Promise<never> {
  const sentence = 'The POST of this client has been answered. Publish to a channel instead.';
  const rejected = Promise.reject(new PushwireError('answered', sentence));
  rejected.catch(() => {});
  return rejected;
}
