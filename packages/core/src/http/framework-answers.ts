import type { ServerResponse } from 'node:http';
import type { HeldPoll } from '../delivery/held-poll';
import type { AnswerTarget } from '../delivery/sink';
import { keepBodyHeaders, setAnswerHeaders } from '../response/headers';
import type { ResponseSink } from '../response/response-sink';
import type { Framework } from './framework';

/** Answers through a framework that ends each response itself, after all of its middleware. */
export class FrameworkAnswers<Request> implements AnswerTarget {
  #isGiven = false;
  #onGiven: (() => void) | undefined;

  constructor(
    readonly set: NonNullable<Framework<Request>['answer']>,
    readonly request: Request,
    readonly response: ServerResponse,
    readonly sink: ResponseSink,
  ) {}

  answer(status: number, headers: Readonly<Record<string, string>>, body?: Uint8Array): void {
    const { response } = this;
    this.sink.prepareAnswer();
    // A framework that finds the type of the body does not look for one.
    setAnswerHeaders(response, headers);
    this.set(this.request, status, body);
    if (body) keepBodyHeaders(response, headers, body);
    this.#isGiven = true;
    this.#onGiven?.();
  }

  /**
   * Resolves when the answer to a held poll is given, or when its client has left. The framework
   * sends the answer once its middleware has returned.
   */
  whenGiven(poll: HeldPoll): Promise<undefined> {
    if (this.#isGiven) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      // V8 makes a function old at once that is made in an assignment: see `Http1Upgrade`.
      const given = () => resolve(undefined);
      this.#onGiven = given;
      poll.onceClosed(given);
    });
  }
}
