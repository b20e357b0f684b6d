import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Group } from '../delivery/group';
import type { PollResponder } from '../delivery/held-poll';
import type { AnswerTarget } from '../delivery/sink';
import type { Engine } from '../hub/engine';
import type { Batch } from '../log/batch';
import type { Position } from '../log/cursor';

/** The parts of a poll that its answer depends on. */
export interface AskedPoll {
  readonly engine: Pick<Engine, 'observer' | 'clock'>;
  readonly group: Group;
  /** The cursor that the client sent. */
  readonly cursorText: string | undefined;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  /** True if caches may share the answer, as far as the route and the URL say. */
  readonly mayShare: boolean;
}

/** The answers of a route. */
export interface RouteAnswers {
  readonly hasSnapshots: boolean;
  answer(poll: AskedPoll, to: AnswerTarget, batch: Batch, isOwn: boolean): undefined;
  answerShared(
    poll: AskedPoll,
    to: AnswerTarget,
    bytes: Uint8Array,
    cursor: string,
    before: readonly Position[],
  ): undefined;
}

/**
 * Answers one poll. It is an object without closures, and has nothing more of the exchange, since a
 * held poll keeps it: the exchange with its query and signal would be a tenth of the poll's memory.
 */
export class PollReply implements PollResponder, AskedPoll {
  constructor(
    readonly answers: RouteAnswers,
    readonly engine: AskedPoll['engine'],
    readonly group: Group,
    readonly cursorText: string | undefined,
    readonly incoming: IncomingMessage,
    readonly response: ServerResponse,
    readonly mayShare: boolean,
  ) {}

  get hasSnapshots(): boolean {
    return this.answers.hasSnapshots;
  }

  /**
   * @param isOwn true also for a snapshot, which may be another one next time at the same place.
   */
  answer(to: AnswerTarget, batch: Batch, isOwn = false): undefined {
    return this.answers.answer(this, to, batch, isOwn);
  }

  answerShared(to: AnswerTarget, bytes: Uint8Array, cursor: string, before: readonly Position[]): undefined {
    return this.answers.answerShared(this, to, bytes, cursor, before);
  }
}
