import type { CloseReason } from '../delivery/close-reason';
import { checkReason } from '../delivery/named-connection';
import type { PollFormat, PollWriter } from '../delivery/poll-writer';
import type { WriterListener } from '../delivery/stream-writer';
import type { LazySignal } from '../http/lazy-signal';
import { finishedCursor, lastEventIdOf, startCursor } from '../log/cursor';
import type { Message } from '../log/message';
import { checkId } from '../log/outgoing-message';
import type { OpenPollOptions, PollTransport } from './open-poll-options';
import { type AnswerMessage, answerBody, type CheckedAnswer, checkAnswer } from './poll-answer';

/**
 * One client's poll, which the app answers by hand: once, now or later. If it does not, the poll is
 * answered without a message when its wait is over.
 */
export interface OpenPoll {
  /** `long-poll`, or `poll` for a client that asks at an interval and does not wait. */
  readonly transport: PollTransport;
  /** The cursor of the client's last answer, if it sent one: the id of the last message in it. */
  readonly lastEventId: string | undefined;
  /** The ms for which the client waits. 0 means that it expects an answer at once. */
  readonly wait: number;
  /**
   * Fires when the poll is answered or its client leaves. If that is so when you ask for the signal
   * the first time, it fires in the next turn.
   */
  readonly signal: AbortSignal;
  /** The reason for closing. `undefined` while the app can answer. */
  readonly reason: CloseReason | undefined;
  /** Resolves with the reason when the poll is answered, or the client has left. */
  readonly closed: Promise<CloseReason>;
  /**
   * Answers with one message, with several, or with none. The client sends the id of the last one
   * with its next poll, as `lastEventId`.
   *
   * @param cursor the text that the client sends in its place. Defaults to the last id, and without
   * ids to the client's own cursor.
   * @returns false if it came too late: the wait was over, or the client has left.
   * @throws TypeError for a second answer, and for messages that cannot be sent.
   * @throws PushwireError `message-too-large`.
   */
  answer(messages?: AnswerMessage | readonly AnswerMessage[], cursor?: string): boolean;
  /**
   * Answers, and tells the client not to come back. A client that does is answered with 204.
   *
   * @returns the same as `answer()`.
   * @throws TypeError for a second answer, and for messages that cannot be sent.
   * @throws PushwireError `message-too-large`.
   */
  end(messages?: AnswerMessage | readonly AnswerMessage[]): boolean;
  /**
   * Answers without a message, or with status 500 for the reason `failed`. Does nothing if the poll
   * is answered. Defaults to `answered`.
   *
   * @throws TypeError for a value that is no reason.
   */
  close(reason?: CloseReason): void;
}

/** An {@link OpenPoll}, from its request on. */
export class WrittenPoll<Request> implements OpenPoll, WriterListener, PollFormat {
  #writer: PollWriter | undefined;
  /** The reason why there is no writer. */
  #refusal: CloseReason | undefined;
  /** The app has answered, or tried to. */
  #hasAnswered = false;
  readonly #whenClosed: ((reason: CloseReason) => void)[] = [];
  readonly lastEventId: string | undefined;
  /** The cursor as the client sent it. */
  readonly #from: string | undefined;
  readonly #closing: LazySignal;
  readonly #options: OpenPollOptions<Request>;
  readonly #interval: number | undefined;

  /** @param interval ms between interval polls. Absent for long polls. */
  constructor(
    readonly transport: PollTransport,
    cursor: string | undefined,
    readonly wait: number,
    closing: LazySignal,
    options: OpenPollOptions<Request>,
    interval: number | undefined,
  ) {
    this.lastEventId = lastEventIdOf(cursor);
    this.#from = cursor;
    this.#closing = closing;
    this.#options = options;
    this.#interval = interval;
  }

  opened(writer: PollWriter): void {
    this.#writer = writer;
  }

  refused(reason: CloseReason): void {
    if (this.#writer === undefined) this.#refusal ??= reason;
  }

  onClosing(): void {
    this.#closing.abort();
    for (const resolve of this.#whenClosed.splice(0)) resolve(this.reason as CloseReason);
  }

  get reason(): CloseReason | undefined {
    return this.#writer ? this.#writer.reason : this.#refusal;
  }

  /**
   * A framework may keep the answer until its handler has returned. So this does not wait until the
   * answer is sent: the handler may await it.
   */
  get closed(): Promise<CloseReason> {
    if (this.#writer === undefined || this.reason !== undefined) return Promise.resolve(this.reason ?? 'left');
    return new Promise((resolve) => this.#whenClosed.push(resolve));
  }

  get signal(): AbortSignal {
    return this.#closing.signalOrSoon;
  }

  answer(messages?: AnswerMessage | readonly AnswerMessage[], cursor?: string): boolean {
    this.#checkFirst('answer');
    if (cursor !== undefined) checkId(cursor);
    const answer = this.#check(messages);
    const last = answer.ids.findLast((id) => id !== undefined);
    return this.#answer(answer, cursor ?? last ?? this.lastEventId ?? startCursor, 'answered');
  }

  end(messages?: AnswerMessage | readonly AnswerMessage[]): boolean {
    this.#checkFirst('end');
    return this.#answer(this.#check(messages), finishedCursor, 'ended');
  }

  close(reason: CloseReason = 'answered'): void {
    checkReason(reason);
    this.#writer?.close(reason);
  }

  get contentType(): string | undefined {
    return this.#options.contentType;
  }

  get emptyStatus(): number | undefined {
    return this.#options.emptyStatus;
  }

  bodyOf(messages: readonly Message[]): string {
    return this.#body(withoutIds(messages), this.lastEventId ?? startCursor, false);
  }

  #checkFirst(method: string): void {
    if (this.#hasAnswered) throw new TypeError(`${method}: expected one answer to a poll, but it has been answered`);
  }

  #check(messages: unknown): CheckedAnswer {
    return checkAnswer(messages, this.#writer?.host.maxMessageBytes ?? Number.POSITIVE_INFINITY);
  }

  #answer({ messages, ids }: CheckedAnswer, cursor: string, reason: CloseReason): boolean {
    const direct = withoutIds(this.#writer?.direct ?? []);
    const answer = { messages: [...direct.messages, ...messages], ids: [...direct.ids, ...ids] };
    const body = this.#body(answer, cursor, reason === 'ended');
    this.#hasAnswered = true;
    return this.#writer?.answer(body, answer.messages.length, reason) ?? false;
  }

  #body(answer: CheckedAnswer, cursor: string, ended: boolean): string {
    const { envelope, contentType } = this.#options;
    const advice = { from: this.#from, cursor, ended, interval: this.#interval, envelope, contentType };
    return answerBody(answer, advice);
  }
}

const withoutIds = (messages: readonly Message[]): CheckedAnswer => ({
  messages,
  ids: messages.map(() => undefined),
});
