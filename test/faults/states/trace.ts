import { fail } from '../../kit/history';
import type { Heard } from '../../kit/readers';
import { type Chronicle, type Note, noteOf, type Place, placeOf } from './chronicle';

/** A step of what a client was told, in the order of time. */
export type Step = { readonly at: number } /** It has no place, and begins with nothing. */ & (
  | { readonly kind: 'begun' }
  | { readonly kind: 'gap'; readonly reason: string }
  | { readonly kind: 'value'; readonly key: string; readonly note: Note; readonly place: Place | undefined }
  /** A snapshot is complete. */
  | { readonly kind: 'whole'; readonly place: Place | undefined }
  /** A connection begins. */
  | { readonly kind: 'connected'; readonly to: string; readonly place: Place | undefined }
);

type Told<S> = S extends unknown ? Omit<S, 'at'> : never;

interface Gap {
  readonly reason: string;
}

/** What a client shows by PROTOCOL.md, and the way to it. */
export class Trace {
  readonly steps: Step[] = [];
  /** The cursor to come back with. */
  cursor: string | undefined;
  /** What it shows. */
  shown = new Map<string, string>();
  /** True while it has all values of a place. */
  isWhole = false;
  #incoming: Map<string, string> | undefined;
  #on = '';

  constructor(readonly chronicle: Chronicle) {}

  /** A connection begins, with the cursor if there is one. */
  connect(to: string): void {
    this.#on = to;
    this.#incoming = undefined;
    if (this.cursor === undefined) {
      this.shown = new Map();
      this.#incoming = new Map();
      this.isWhole = false;
      this.#add({ kind: 'begun' });
    }
    this.#add({ kind: 'connected', to, place: placeOf(this.cursor ?? '') });
  }

  /** Comes back without a place. */
  forget(): void {
    this.cursor = undefined;
  }

  frame(heard: Heard): void {
    const { id, event, data } = heard;
    if (event === undefined) this.#value(heard);
    else if (event === 'pushwire:gap') {
      this.#incoming = new Map();
      this.#add({ kind: 'gap', reason: (data as Gap).reason });
    } else if (event === 'pushwire:snapshot') this.#complete(id);
    else if (event === 'pushwire:open') {
      if (id !== 'start' && this.cursor === undefined) this.#complete(id);
    } else if (event !== 'pushwire:heartbeat' && event !== 'pushwire:retry') fail(`an unknown event: ${event}`);
    // On a stream, a client keeps its place until a snapshot is complete.
    if (id && id !== 'start' && event !== 'pushwire:gap') this.cursor = id;
  }

  /** An answer to a poll is complete. */
  stands(cursor: string): void {
    if (this.#incoming) this.#complete(cursor);
    this.cursor = cursor;
  }

  #value({ id, key, data, deleted }: Heard): void {
    // Without frames, the key is in the data.
    const told = key === undefined ? (data as Pick<Heard, 'key' | 'data' | 'deleted'>) : { key, data, deleted };
    if (typeof told.key !== 'string') fail(`a message without a key: ${JSON.stringify(data)}`);
    const note = told.deleted ? undefined : noteOf(told.data);
    const place = id ? placeOf(id) : undefined;
    if (place) this.chronicle.names(place, told.key, note, `a client on ${this.#on}`);
    else this.chronicle.sees(told.key, note);
    this.#add({ kind: 'value', key: told.key, note, place });
    const into = this.#incoming ?? this.shown;
    if (note === undefined) into.delete(told.key);
    else into.set(told.key, note);
  }

  #complete(cursor: string): void {
    this.shown = this.#incoming ?? this.shown;
    this.#incoming = undefined;
    this.isWhole = true;
    this.#add({ kind: 'whole', place: placeOf(cursor) });
  }

  #add(step: Told<Step>): void {
    this.steps.push({ at: Date.now(), ...step } as Step);
  }
}
