import { type Batch, readBatch } from '../log/batch';
import { Connection } from './connection';
import type { Position } from '../log/cursor';
import type { Group } from './group';
import type { Member } from './fan-out';
import type { Hub } from '../hub/hub';
import type { TransportName } from '../transports/negotiate';
import type { CloseReason } from './close-reason';
import type { AnswerSink, Answers } from './sink';

/** What a poll's answer looks like, as its route has it. */
export interface Answerer {
  /** Answers with what there is, or with nothing new. */
  answer(to: Answers, batch: Batch): void;
  /** Answers with bytes that were made for everyone in the same place. */
  answerShared(to: Answers, bytes: Uint8Array, cursor: string): void;
}

/** A poll that waits for the next message. It is a live connection whose response ends with the first bytes. */
export class HeldPoll extends Connection implements Member {
  declare readonly sink: AnswerSink;
  readonly #group: Group;
  readonly #answerer: Answerer;

  constructor(hub: Hub, group: Group, sink: AnswerSink, answerer: Answerer) {
    super(hub, sink);
    this.#group = group;
    this.#answerer = answerer;
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
    this.attach();
    this.#group.add(this);
    this.host.wheel.add(this, wait);
  }

  deliver(bytes: Uint8Array, _before: readonly Position[], cursor: string): boolean {
    this.over('answered');
    this.#answerer.answerShared(this.sink, bytes, cursor);
    return true;
  }

  end(_cursor: string): void {
    this.#answerNow('ended');
  }

  fail(): void {
    this.over('failed');
    this.sink.answer(500, { 'Cache-Control': 'no-store' });
  }

  /** The wait is over. */
  visit(): undefined {
    this.#answerNow('answered');
  }

  drain(): void {
    this.#answerNow('draining');
  }

  /** A newer poll of the same client has come. */
  replace(): void {
    this.#answerNow('replaced');
  }

  drained(): void {
    // A waiting poll has written nothing.
  }

  #answerNow(reason: CloseReason): void {
    // What it has not been handed on yet would be behind the cursor that it is told.
    this.#group.flush();
    if (this.reason !== undefined) return;
    const nothing = readBatch(this.#group.logs, this.#group.tags, this.#group.positions, 0, 0);
    this.over(reason);
    try {
      this.#answerer.answer(this.sink, nothing);
    } catch (error) {
      this.host.telemetry.failed(error, 'the envelope of a poll threw');
      this.sink.answer(500, { 'Cache-Control': 'no-store' });
    }
  }

  protected release(_reason: CloseReason): void {
    this.#group.remove(this);
    this.#group.leave();
  }
}
