import { PushwireError } from '../checks/errors';
import type { Message } from '../log/message';

/** New data of a member that nobody has been told yet. */
export class Update {
  /** True where there is such a member. All who have changed it since the last call get this. */
  readonly answer: Promise<boolean>;
  #resolve: (isThere: boolean) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(public message: Message) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  resolve(isThere: boolean): void {
    this.#resolve(isThere);
  }

  /** Gets the answer of another one. */
  follow(other: Update): void {
    other.answer.then(
      (isThere) => this.resolve(isThere),
      (error) => this.reject(error),
    );
  }

  reject(error: unknown): void {
    this.#reject(error);
  }
}

export function tooManyUpdates(most: number): PushwireError {
  return new PushwireError('backplane-unavailable', `${most} updates of a presence wait already (presence.members).`);
}
