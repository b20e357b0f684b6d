import { withoutUndefined } from '../checks/check-options';
import { ownText } from '../log/message';
import { callOutsideRequests } from '../time/async-context';

/** The most names whose limits are remembered. */
const mostNames = 1000;

/** Limits, or a function that returns them for a name. */
export type LimitsOption<Limits> = Partial<Limits> | ((name: string) => Partial<Limits>);

/** Reads an option whose limits may differ by name. */
export class LimitsByName<Limits extends object> {
  /** One object for all names, where they have the same limits. */
  readonly #same: Limits;

  /**
   * @param option the app's option, which has passed the check.
   * @param check throws a TypeError for limits that do not fit.
   */
  constructor(
    readonly option: LimitsOption<Limits> | undefined,
    defaults: Limits,
    readonly check: (limits: Partial<Limits>) => Partial<Limits>,
  ) {
    this.#same = { ...defaults, ...(typeof option === 'object' && withoutUndefined(option)) };
  }

  of(name: string): Limits {
    const { option } = this;
    if (typeof option !== 'function') return this.#same;
    const limits = callOutsideRequests(() => option(name));
    return { ...this.#same, ...withoutUndefined(this.check(limits)) };
  }
}

/** Remembers the limits of names that are asked for with each write. */
export function remembering<Limits>(limitsOf: (name: string) => Limits): (name: string) => Limits {
  const known = new Map<string, Limits>();
  return (name) => {
    const remembered = known.get(name);
    if (remembered !== undefined) return remembered;
    const limits = limitsOf(name);
    known.set(ownText(name), limits);
    const [oldest] = known.keys();
    if (known.size > mostNames) known.delete(oldest as string);
    return limits;
  };
}

/** Makes the check of such an option. A function is checked when it is called. */
export function limitsOption<Limits>(check: (limits: Partial<Limits>) => Partial<Limits>) {
  return (value: unknown): undefined => {
    if (typeof value !== 'function') check(value as Partial<Limits>);
  };
}
