import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerTarget } from '../delivery/sink';
import { ResponseSink } from '../response/response-sink';
import type { Exchange, SourceFunction } from './exchange';
import type { Framework } from './framework';
import { FrameworkAnswers } from './framework-answers';
import { LazySignal } from './lazy-signal';
import { queryOf } from './query';

/** The exchange of one request over HTTP. */
export class HttpExchange<Request> implements Exchange<Request> {
  readonly query: URLSearchParams;
  readonly sink: ResponseSink;
  readonly answers: AnswerTarget;
  source: SourceFunction<Request> | undefined;
  #closing: LazySignal | undefined;

  constructor(
    readonly incoming: IncomingMessage,
    readonly response: ServerResponse,
    readonly request: Request,
    readonly framework: Framework<Request>,
  ) {
    const { answer } = framework;
    this.query = queryOf(incoming);
    this.sink = new ResponseSink(response, framework.detachWhenIdle);
    this.answers = answer ? new FrameworkAnswers(answer, request, response, this.sink) : this.sink;
  }

  /** Made on demand, since most polls are over before anybody asks for it. */
  get closing(): LazySignal {
    this.#closing ??= new LazySignal();
    return this.#closing;
  }

  get askedClosing(): LazySignal | undefined {
    return this.#closing;
  }
}
