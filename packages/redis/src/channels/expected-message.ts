import type { Position } from '@pushwire/core/backplanes';

/** Milliseconds that a Pub/Sub message may arrive later than a read that shows it. */
export const grace = 1000;

/** A message that a read has shown, and that must also come by Pub/Sub soon. */
export class ExpectedMessage {
  /** The position of the last Pub/Sub message. */
  #received: Position = { epoch: '', offset: 0 };
  #expected: Position | undefined;

  receive(message: Position): void {
    this.#received = message;
  }

  /** @returns false if it has come already. */
  expect(position: Position): boolean {
    if (this.hasCome(position)) return false;
    this.#expected = position;
    return true;
  }

  /** Tells what has become of the message, and expects it no longer. */
  take(): 'nothing' | 'received' | 'missed' {
    const expected = this.#expected;
    this.#expected = undefined;
    if (expected === undefined) return 'nothing';
    return this.hasCome(expected) ? 'received' : 'missed';
  }

  hasCome({ epoch, offset }: Position): boolean {
    return this.#received.epoch === epoch && this.#received.offset >= offset;
  }
}
