import type { Clock } from '@pushwire/core/backplanes';
import type { Member } from './member';

/** Milliseconds after which a member that does not answer counts as one without connections. */
const patience = 1000;

/** A question to several members. */
interface Question {
  readonly asked: Set<Member>;
  sum: number;
  readonly cancel: () => void;
  readonly done: (sum: number) => void;
}

/**
 * Asks members how many connections they have to a channel. One that does not read is not asked:
 * questions would wait in its socket without a limit.
 */
export class ConnectionCounts {
  readonly #questions = new Map<number, Question>();
  #count = 0;

  constructor(readonly clock: Clock) {}

  /** Calls `done` with the sum of the answers. */
  ask(all: readonly Member[], channel: string, done: (sum: number) => void): void {
    const members = all.filter(({ isFull }) => !isFull);
    if (members.length === 0) {
      done(0);
      return;
    }
    const id = ++this.#count;
    const cancel = this.clock.after(patience, () => this.#end(id));
    this.#questions.set(id, { asked: new Set(members), sum: 0, cancel, done });
    for (const member of members) member.send({ question: id, connectionsTo: channel });
  }

  answer(member: Member, id: number, connections: number): void {
    const question = this.#questions.get(id);
    if (!question?.asked.delete(member)) return;
    question.sum += connections;
    if (question.asked.size === 0) this.#end(id);
  }

  /** A member is gone, and its connections with it. */
  left(member: Member): void {
    for (const id of [...this.#questions.keys()]) this.answer(member, id, 0);
  }

  #end(id: number): void {
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    question?.cancel();
    question?.done(question.sum);
  }
}
