import type { Position } from '@pushwire/core/backplanes';

/** Milliseconds that a Pub/Sub message may arrive later than a read that shows it. */
export const grace = 1000;

/** A message that a read has shown, and that must also come by Pub/Sub soon. */
export class ExpectedMessage {
  /** The position of the last Pub/Sub message. */
  #received: Position = { epoch: '', offset: 0 };
  #expected: Position | undefined;
  #isDoubtful = false;

  receive(message: Position): void {
    this.#received = message;
  }

  /** @returns false if it has come already. */
  expect(position: Position): boolean {
    if (this.#has(position)) return false;
    this.#expected = position;
    this.#isDoubtful = false;
    return true;
  }

  /** Takes note that the server was perhaps away, so that the message may never come. */
  doubt(): void {
    this.#isDoubtful = true;
  }

  /** Tells what has become of the message, and expects it no longer. */
  take(): 'nothing' | 'received' | 'missed' | 'doubtful' {
    const expected = this.#expected;
    this.#expected = undefined;
    if (expected === undefined) return 'nothing';
    if (this.#has(expected)) return 'received';
    return this.#isDoubtful ? 'doubtful' : 'missed';
  }

  #has({ epoch, offset }: Position): boolean {
    return this.#received.epoch === epoch && this.#received.offset >= offset;
  }
}
