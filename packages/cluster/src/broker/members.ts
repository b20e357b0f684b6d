import type { Member } from './member';

/** The connected workers. A process has one connection. */
export class Members {
  readonly #members = new Set<Member>();
  readonly #byProcess = new Map<string, Member>();

  add(member: Member): void {
    this.#members.add(member);
  }

  /**
   * Takes note of the process behind a connection. An earlier connection of it ends: what is still
   * to be read there has timed out, and must not come after what the process says from now on.
   */
  welcome(member: Member, process: string): void {
    const earlier = this.#byProcess.get(process);
    if (earlier && earlier !== member) earlier.destroy();
    member.welcome(process);
    this.#byProcess.set(process, member);
  }

  remove(member: Member): void {
    const { process } = member;
    this.#members.delete(member);
    if (process !== undefined && this.#byProcess.get(process) === member) this.#byProcess.delete(process);
  }

  close(): void {
    for (const member of this.#members) member.destroy();
  }
}
