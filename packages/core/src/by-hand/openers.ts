/**
 * Keeps what was made of options, which are often one object for all requests. Those of one request
 * are forgotten with it.
 */
export class Openers {
  readonly #byFramework = new WeakMap<object, WeakMap<object, object>>();

  /** @param make checks the options. It is called once for the same object. */
  of<Opener extends object>(options: object | undefined, framework: object, make: () => Opener): Opener {
    // The check says what is wrong with what is no object.
    if (typeof options !== 'object' || options === null) return make();
    const ofFramework = this.#byFramework.get(framework) ?? new WeakMap<object, object>();
    this.#byFramework.set(framework, ofFramework);
    const opener = (ofFramework.get(options) as Opener | undefined) ?? make();
    ofFramework.set(options, opener);
    return opener;
  }
}
