import { readPositions } from './positions.js';

/** The number of ids that are remembered individually. */
const remembered = 120;

/** Checks that each id is the next one of one log and leaves all other logs where they were. */
export class Ledger {
  #at = new Map();
  #recent = [];
  #tally = { seen: 0, missing: 0, twice: 0, announced: 0 };

  /** Continues from a cursor, or from the first id when there is none. */
  begin(cursor) {
    this.#at = cursor && cursor !== '0' ? readPositions(cursor) : new Map();
  }

  /** Takes an id of the kind `live`, `return` or `replay`. Returns true if it is the next one. */
  take(id, kind) {
    const [missing, isNew] = this.#compare(readPositions(id));
    this.#tally.seen++;
    this.#tally.missing += missing;
    if (!isNew) this.#tally.twice++;
    for (let i = 0; i < Math.min(missing, remembered); i++) this.#note('missing');
    this.#note(isNew ? kind : 'twice');
    return missing === 0 && isNew;
  }

  /** Takes a loss that the server announced, and continues from its cursor. */
  gap({ cursor, missed = 0 }) {
    this.begin(cursor);
    this.#tally.announced += missed;
    this.#note('gap');
  }

  get tally() {
    return { ...this.#tally };
  }

  /** Returns the kinds of the newest ids, oldest first. */
  newest(count) {
    return this.#recent.slice(-count);
  }

  /** Returns the number of skipped ids, and true if this one is new. */
  #compare(positions) {
    const before = this.#at;
    let [skipped, moved] = [0, before.size === 0 ? 1 : 0];
    for (const [tag, { epoch, offset }] of positions) {
      const last = before.get(tag);
      if (last === undefined) continue;
      // The beginning of a log may have several names, all at offset 0 (PROTOCOL.md, section 2).
      const isOneLife = last.epoch === epoch || last.offset === 0;
      if (isOneLife && last.offset === offset) continue;
      if (isOneLife && offset < last.offset) return [0, false];
      moved++;
      // A new life that no gap has announced hides at least one message.
      skipped += isOneLife ? offset - last.offset - 1 : 1;
    }
    this.#at = positions;
    // One message moves one log, so any other moved log shows a skipped message.
    return [skipped + Math.max(0, moved - 1), moved > 0];
  }

  #note(kind) {
    this.#recent.push(kind);
    if (this.#recent.length > remembered) this.#recent.shift();
  }
}
