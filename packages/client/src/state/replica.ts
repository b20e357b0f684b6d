import { type Frame, noPlace } from '../wire/frame.js';

/** The data of the protocol's own events, as far as a replica reads it. */
interface ControlData {
  /** The cursor that the server got. */
  readonly from?: string;
}

/**
 * The values of a state as its frames tell them (PROTOCOL.md, sections 3.1 and 14). While a
 * snapshot comes in, they stay as they were until it is complete.
 */
export class Replica<Value> {
  #values: Map<string, Value>;
  /** The part of a snapshot that has come. */
  #incoming: Map<string, Value> | undefined;
  /** True once the values are those of the server. */
  isWhole = false;

  constructor(values: ReadonlyMap<string, Value> = new Map()) {
    this.#values = new Map(values);
  }

  get values(): ReadonlyMap<string, Value> {
    return this.#values;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** Takes the next frame, and returns the keys whose values it may have changed. */
  take({ id, event, key, data, deleted }: Frame): readonly string[] {
    if (key !== undefined) {
      const into = this.#incoming ?? this.#values;
      if (deleted) into.delete(key);
      else into.set(key, data as Value);
      return this.#incoming ? [] : [key];
    }
    if (event === 'pushwire:open') {
      const { from = noPlace } = (data ?? {}) as ControlData;
      // A connection that was cut in the middle of a snapshot gets a whole one again.
      this.#incoming = id === noPlace ? new Map() : undefined;
      this.isWhole ||= from !== noPlace;
      // A client without a place that gets one at once begins with nothing. In the answer to a
      // poll, its values follow in the same turn.
      if (from === noPlace && id !== noPlace) return this.#replace(new Map());
    }
    if (event === 'pushwire:gap') this.#incoming = new Map();
    // The last frame of an answer to a poll has an id, and the heartbeats of streams have none.
    const isComplete = event === 'pushwire:snapshot' || (event === 'pushwire:heartbeat' && id);
    return isComplete && this.#incoming ? this.#replace(this.#incoming) : [];
  }

  #replace(values: Map<string, Value>): readonly string[] {
    const keys = [...this.#values.keys(), ...values.keys()];
    this.#values = values;
    this.#incoming = undefined;
    this.isWhole = true;
    return keys;
  }
}
