import type { TransportName } from '../encoders/transport-name';
import { type Batch, emptyBatch, readBatch } from '../log/batch';
import type { Position } from '../log/cursor';
import type { CloseReason } from './close-reason';
import { Connection, type ConnectionHost } from './connection';
import type { Member } from './fan-out';
import type { Group } from './group';
import type { AnswerSink, Answers } from './sink';

/** What a poll's answer looks like, as its route has it. */
export interface PollResponder {
  /** Answers with what there is, or with nothing new. */
  answer(to: Answers, batch: Batch): void;
  /** Answers with bytes that were made for everyone in the same place. */
  answerShared(to: Answers, bytes: Uint8Array, cursor: string): void;
}

/** A poll that waits for the next message. It is a live connection whose response ends with the first bytes. */
export class HeldPoll extends Connection implements Member {
  declare readonly sink: AnswerSink;
  readonly #group: Group;
  readonly #responder: PollResponder;

  constructor(host: ConnectionHost, group: Group, sink: AnswerSink, responder: PollResponder) {
    super(host, sink);
    this.#group = group;
    this.#responder = responder;
  }

  get transport(): TransportName {
    return this.#group.format.transport;
  }

  override get channels(): readonly string[] {
    return this.#group.channels;
  }

  /** Waits at the head of the logs, at most `wait` ms. The group has been entered for it. */
  hold(wait: number): void {
    this.#group.reachHead();
    this.open();
    this.#group.add(this);
    this.host.timers.add(this, wait);
  }

  deliver(bytes: Uint8Array, _before: readonly Position[], cursor: string): boolean {
    this.startClosing('answered');
    this.#responder.answerShared(this.sink, bytes, cursor);
    return true;
  }

  end(_cursor: string): void {
    this.close('ended');
  }

  fail(): void {
    this.startClosing('failed');
    this.sink.answer(500, { 'Cache-Control': 'no-store' });
  }

  /** The wait is over. */
  tick(): undefined {
    this.close('answered');
  }

  onDrain(): void {
    // A waiting poll has written nothing.
  }

  /** Answers with no message. */
  close(reason: CloseReason): void {
    // A message that was not handed on yet would be behind the cursor of this answer.
    this.#group.flush();
    if (this.reason !== undefined) return;
    const nothing = readBatch(this.#group.logs, this.#group.tags, this.#group.positions, emptyBatch);
    this.startClosing(reason);
    try {
      this.#responder.answer(this.sink, nothing);
    } catch (error) {
      this.host.observer.failed(error, 'the envelope of a poll threw');
      this.sink.answer(500, { 'Cache-Control': 'no-store' });
    }
  }

  protected release(_reason: CloseReason): void {
    this.#group.remove(this);
    this.#group.leave();
  }
}
