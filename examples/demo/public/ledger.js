import { readPositions } from './positions.js';

/** How many ids are remembered one by one. */
const remembered = 120;

/** Keeps account of the ids that come: each must be the next of one log, and all others must stand where they stood. */
export class Ledger {
  #at = new Map();
  #recent = [];
  #tally = { seen: 0, missing: 0, twice: 0, announced: 0 };

  /** Goes on from a cursor; from what comes first where there is none. */
  begin(cursor) {
    this.#at = cursor && cursor !== '0' ? readPositions(cursor) : new Map();
  }

  /** Takes the id of a message that came `live`, or at once on `return` or for a `replay`. Returns whether all is well. */
  take(id, kind) {
    const [missing, isNew] = this.#compare(readPositions(id));
    this.#tally.seen++;
    this.#tally.missing += missing;
    if (!isNew) this.#tally.twice++;
    for (let i = 0; i < Math.min(missing, remembered); i++) this.#note('missing');
    this.#note(isNew ? kind : 'twice');
    return missing === 0 && isNew;
  }

  /** Takes a loss that the server has announced: reading goes on at its cursor. */
  gap({ cursor, missed = 0 }) {
    this.begin(cursor);
    this.#tally.announced += missed;
    this.#note('gap');
  }

  get tally() {
    return { ...this.#tally };
  }

  /** How the newest ids came, oldest first. */
  newest(count) {
    return this.#recent.slice(-count);
  }

  /** How many were skipped, and whether this one has not been there before. */
  #compare(positions) {
    const before = this.#at;
    let [skipped, moved] = [0, before.size === 0 ? 1 : 0];
    for (const [tag, { epoch, offset }] of positions) {
      const last = before.get(tag);
      if (last === undefined || (last.epoch === epoch && last.offset === offset)) continue;
      // Another life of the log that nobody has announced.
      if (last.epoch !== epoch) skipped++;
      if (last.epoch === epoch && offset < last.offset) return [0, false];
      moved++;
      skipped += last.epoch === epoch ? offset - last.offset - 1 : 0;
    }
    this.#at = positions;
    // One message moves one log; a second one that moved with it was skipped.
    return [skipped + Math.max(0, moved - 1), moved > 0];
  }

  #note(kind) {
    this.#recent.push(kind);
    if (this.#recent.length > remembered) this.#recent.shift();
  }
}
