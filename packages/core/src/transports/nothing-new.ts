import type { Group } from '../delivery/group';
import { type Batch, emptyBatch } from '../log/batch';
import type { Position } from '../log/cursor';

/**
 * The batches of clients that have every message. Most polls find nothing new, and to read the logs
 * for each of them would be a good part of its cost.
 */
export class NothingNew {
  readonly #byGroup = new WeakMap<Group, { readonly at: readonly Position[]; readonly batch: Batch }>();

  /** Returns `undefined` unless a client has every message, as the cursor that it sent says. */
  after(group: Group, cursor: string | undefined): Batch | undefined {
    if (cursor === undefined || group.isBehind()) return undefined;
    let nothing = this.#byGroup.get(group);
    if (nothing?.at !== group.positions) {
      nothing = { at: group.positions, batch: group.read(group.positions, emptyBatch) };
      this.#byGroup.set(group, nothing);
    }
    return nothing.batch.cursor === cursor ? nothing.batch : undefined;
  }
}
