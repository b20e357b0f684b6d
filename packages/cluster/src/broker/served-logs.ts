import type { Backplane, Clock, Followed, Position } from '@pushwire/core/backplanes';
import type { Member } from './member';
import { ServedLog, type ServedLogHost } from './served-log';

/** The logs that members have copies of. */
export class ServedLogs implements ServedLogHost {
  readonly #logs = new Map<string, ServedLog>();
  readonly #ofMembers = new Map<Member, Set<ServedLog>>();
  readonly #changed = new Set<ServedLog>();

  constructor(
    readonly clock: Clock,
    readonly backplane: Backplane,
    readonly failed: (error: unknown) => void,
  ) {}

  /** The members that have a copy of a log. */
  membersOf(name: string): Iterable<Member> {
    return this.#logs.get(name)?.members ?? [];
  }

  follow(member: Member, name: string, from: Position | undefined, done: () => void): void {
    let served = this.#logs.get(name);
    if (served === undefined) {
      // The logs are in memory, so nothing has to be waited for.
      served = new ServedLog(name, this, (onChange) => this.backplane.follow(name, onChange) as Followed);
      this.#logs.set(name, served);
    }
    const others = this.#ofMembers.get(member);
    if (others) others.add(served);
    else this.#ofMembers.set(member, new Set([served]));
    served.join(member, from, done);
  }

  unfollow(member: Member, name: string): void {
    const served = this.#logs.get(name);
    if (served === undefined) return;
    this.#ofMembers.get(member)?.delete(served);
    served.leave(member);
  }

  refresh(member: Member, name: string, done: () => void): void {
    const served = this.#logs.get(name);
    if (served) served.refresh(member, done);
    else done();
  }

  /** A member is gone. */
  left(member: Member): void {
    for (const served of this.#ofMembers.get(member) ?? []) served.leave(member);
    this.#ofMembers.delete(member);
  }

  changed(served: ServedLog): void {
    this.#changed.add(served);
    if (this.#changed.size === 1) this.clock.soon(() => this.#flush());
  }

  onUnused(served: ServedLog): void {
    this.#logs.delete(served.name);
  }

  #flush(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const served of changed) {
      try {
        served.flush();
      } catch (error) {
        // An error that is thrown here would end the process.
        this.failed(error);
      }
    }
  }
}
