import { misuse, PushwireError } from '../wire/error.js';

const maxTopics = 100;

/** Characters of all topics together, encoded. */
const maxLength = 4096;

/** The parts of a connection that changing its topics uses. */
export interface TopicsHost {
  /** True once an attempt has begun, whose topics are fixed. */
  readonly hasBegun: () => boolean;
  /** Waits until the connection is open. Rejects with `not-open` if it closes before. */
  readonly whenOpen: () => Promise<void>;
  readonly isOpen: () => boolean;
  /** True if the transport in use goes both ways. */
  readonly canChangeInPlace: () => boolean;
  /** Changes the topics of the connection in use. */
  readonly changeInPlace: (topics: readonly string[]) => Promise<void>;
  /** Asks whether a new connection may have these topics. */
  readonly checkRight: (topics: readonly string[]) => Promise<void>;
  /** Connects again. */
  readonly restart: (former: readonly string[], topics: readonly string[]) => void;
}

/** The topics of a connection, and their changes, one after the other. */
export class Topics {
  #current: readonly string[];
  #lastChange: Promise<void> = Promise.resolve();
  readonly #host: TopicsHost;

  /** @throws {TypeError} for topics that are no strings, or too many. */
  constructor(topics: readonly string[], host: TopicsHost) {
    this.#current = checked(topics);
    this.#host = host;
  }

  get current(): readonly string[] {
    return this.#current;
  }

  /** @param next makes the new list of the former one. */
  async change(names: readonly string[], next: (former: readonly string[]) => readonly string[]): Promise<void> {
    checked(names);
    if (!this.#host.hasBegun()) {
      this.#current = checked(next(this.#current));
      return this.#host.whenOpen();
    }
    this.#lastChange = this.#lastChange.catch(() => {}).then(() => this.#change(next));
    return this.#lastChange;
  }

  async #change(next: (former: readonly string[]) => readonly string[]): Promise<void> {
    const former = this.#current;
    const topics = checked(next(former));
    const { whenOpen, isOpen, canChangeInPlace, changeInPlace, checkRight, restart } = this.#host;
    await whenOpen();
    if (isSame(former, topics)) return;
    // It may have been cut again since.
    for (; !isOpen() || canChangeInPlace(); await whenOpen()) {
      if (!isOpen()) continue;
      try {
        await changeInPlace(topics);
        this.#current = topics;
        return;
      } catch (error) {
        // Nobody knows what the server follows now, so the connection begins anew.
        if ((error as PushwireError).code === 'timeout') restart(topics, former);
        if (!isLost(error)) throw error;
      }
    }
    await checkRight(topics);
    this.#current = topics;
    restart(former, topics);
    await whenOpen();
  }
}

/** True if the connection was cut before the server could answer. It may be asked again. */
function isLost(error: unknown): boolean {
  return error instanceof PushwireError && (error.code === 'network' || error.code === 'not-open');
}

const isSame = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((topic) => b.includes(topic));

/** Encodes topics for a URL (PROTOCOL.md, section 8.8). */
export const topicsParameter = (topics: readonly string[]): string => topics.map(encodeURIComponent).join();

/** Leaves out topics that come twice. */
function checked(topics: readonly string[]): readonly string[] {
  const isList = Array.isArray(topics) && topics.every((topic) => typeof topic === 'string' && topic !== '');
  if (!isList) throw misuse('topics', 'strings that are not empty', topics);
  const unique = [...new Set(topics)];
  if (unique.length > maxTopics) throw misuse('topics', `at most ${maxTopics}`, unique.length);
  const { length } = topicsParameter(unique);
  if (length > maxLength) throw misuse('topics', `at most ${maxLength} characters`, length);
  return unique;
}
