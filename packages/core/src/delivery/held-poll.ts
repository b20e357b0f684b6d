import type { TransportName } from '../encoders/transport-name';
import { type Batch, emptyBatch, emptyBatchAt } from '../log/batch';
import { formatCursor, type Position } from '../log/cursor';
import type { Message } from '../log/message';
import type { CloseReason } from './close-reason';
import { closedSink } from './closed-sink';
import { Connection, type ConnectionHost } from './connection';
import { DirectQueue } from './direct-queue';
import type { Group } from './group';
import type { Member } from './member';
import type { AnswerSink, AnswerTarget } from './sink';

/** The parts of a poll that its answer depends on. */
export interface AskedPoll {
  readonly host: Pick<ConnectionHost, 'observer' | 'timers'>;
  readonly group: Group;
  /** The cursor that the client sent. */
  readonly cursorText: string | undefined;
}

/**
 * Answers the polls of one route in its format. One for each poll would be a part of the memory
 * of those that are held.
 */
export interface PollResponder {
  /**
   * Answers with the messages of a batch, of which there may be none.
   *
   * @param isOwn true for an answer that is for this client alone.
   */
  answer(to: AnswerTarget, batch: Batch, isOwn: boolean, poll: AskedPoll): void;
  /** Answers with bytes that polls share which name the place `before` in the same words. */
  answerShared(to: AnswerTarget, bytes: Uint8Array, cursor: string, before: readonly Position[], poll: AskedPoll): void;
  /** True if the client gets a snapshot after a gap. */
  readonly hasSnapshots?: boolean;
}

/** The responder of a poll that is over. */
const nobody: PollResponder = { answer() {}, answerShared() {} };

/** A poll that waits for the next message: a live connection whose first bytes end its response. */
export class HeldPoll extends Connection implements Member, AskedPoll {
  #answers: AnswerTarget;
  #responder: PollResponder;
  /** Messages to this client alone, which are answered when the turn is over. */
  #direct: DirectQueue | undefined;
  #isAnsweredSoon = false;

  /**
   * @param answers takes the answer. The sink closes when the answer is sent.
   * @param direct the messages that wait for the client. Defaults to what is sent to this poll.
   * @param cursorText the cursor that the client sent.
   */
  constructor(
    host: ConnectionHost,
    readonly group: Group,
    sink: AnswerSink,
    responder: PollResponder,
    answers: AnswerTarget = sink,
    direct?: DirectQueue,
    readonly cursorText: string | undefined = undefined,
  ) {
    super(host, sink);
    this.#answers = answers;
    this.#responder = responder;
    this.#direct = direct;
  }

  get transport(): TransportName {
    return this.group.format.transport;
  }

  override get channels(): readonly string[] {
    return this.group.channels;
  }

  /** Waits at the logs' head for at most `wait` ms. The caller has entered the group for it. */
  hold(wait: number): void {
    this.group.reachHead();
    this.register();
    this.group.add(this);
    this.host.timers.add(this, wait);
  }

  deliver(bytes: Uint8Array, before: readonly Position[], batch: Batch): boolean {
    const { tags } = this.group;
    this.startClosing(batch.ended ? 'ended' : 'answered');
    if (batch.gap && this.#responder.hasSnapshots) {
      // The client's next poll is answered with the gap and the snapshot.
      this.#answerWith(emptyBatchAt(before, formatCursor(before, tags)));
    } else if (this.#hasDirect || batch.isApart) this.#answerWith(batch);
    else this.#responder.answerShared(this.#answers, bytes, batch.cursor, before, this);
    return true;
  }

  /** Answers an empty poll when the wait is over. */
  tick(): undefined {
    this.close('answered');
  }

  /**
   * Answers with the messages that are sent in one turn of the event loop, after those of the log.
   */
  sendAlone(message: Message): boolean {
    this.flush();
    if (this.reason !== undefined) return false;
    this.#direct ??= new DirectQueue();
    this.#direct.push(message);
    this.answerSoon();
    return true;
  }

  override flush(): void {
    this.group.flush();
  }

  /** Answers when the turn of the event loop is over, with what has been sent by then. */
  answerSoon(): void {
    if (this.reason !== undefined || this.#isAnsweredSoon) return;
    this.#isAnsweredSoon = true;
    this.host.timers.clock.soon(() => this.close('answered'));
  }

  get #hasDirect(): boolean {
    return this.#direct !== undefined && !this.#direct.isEmpty;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  onDrain(): void {
    // A waiting poll has written nothing that could drain.
  }

  /** Answers without a message of its channels; with 500 when it has failed. */
  close(reason: CloseReason): void {
    if (reason === 'failed') {
      this.startClosing(reason);
      this.#answers.answer(500, { 'Cache-Control': 'no-store' });
      return;
    }
    // Messages that the group has not written yet answer the poll instead.
    this.group.flush();
    if (this.reason !== undefined) return;
    const nothing = this.group.read(this.group.positions, emptyBatch);
    this.startClosing(reason);
    this.#answerWith(reason === 'ended' ? { ...nothing, ended: true } : nothing);
  }

  /**
   * Lets go of the request and the response. A set that has shrunk leaves a table behind with the
   * polls that were in it, which V8 keeps until its next full collection. Until then, all that they
   * refer to would survive each scavenge, which was a third of a poll's cost on Koa.
   */
  override onClose(reason?: CloseReason): void {
    super.onClose(reason);
    this.#answers.closed?.();
    this.sink = closedSink;
    this.#answers = closedSink;
    this.#responder = nobody;
  }

  #answerWith(batch: Batch): void {
    try {
      const isOwn = this.#hasDirect || batch.isApart === true;
      this.#responder.answer(this.#answers, this.#direct?.takeInto(batch) ?? batch, isOwn, this);
    } catch (error) {
      this.host.observer.failed(error, 'the `envelope` option of a poll threw');
      this.#answers.answer(500, { 'Cache-Control': 'no-store' });
    }
  }

  protected release(): void {
    this.group.remove(this);
    this.group.leave();
  }
}
