import type { ServerResponse } from 'node:http';
import type { AnswerTarget } from '../delivery/sink';
import { openHeadersOf } from '../node-internals/heads';
import { textOf } from '../response/answer-body';
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
    setAnswerHeaders(response, headers, undefined, openHeadersOf);
    this.set(this.request, status, body && textOf(body));
    if (body) keepBodyHeaders(response, headers, body);
    this.closed();
  }

  closed(): void {
    this.#isGiven = true;
    this.#onGiven?.();
    this.#onGiven = undefined;
  }

  /**
   * Resolves when the answer to a held poll is given, or when its client has left. The framework
   * sends the answer once its middleware has returned.
   */
  whenGiven(): Promise<undefined> {
    if (this.#isGiven) return Promise.resolve(undefined);
    const given = new Promise<undefined>(keepResolve);
    this.#onGiven = lastResolve;
    return given;
  }
}

let lastResolve: (() => void) | undefined;

/** One for all: a function for each promise would be kept as long as its poll is held. */
function keepResolve(resolve: (value: undefined) => void): void {
  lastResolve = resolve as () => void;
}
