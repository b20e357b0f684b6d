// What the nodes and the checker tell each other.

/** A value of a state. Each write has a number of its own. */
export interface Value {
  /** The number of the write. */
  readonly w: number;
  readonly a?: number;
  readonly b?: number;
  /** Makes it long. */
  readonly text?: string;
}

/** The patch of a value. `null` removes a part. */
export type ValuePatch = { readonly w: number; readonly a?: number | null; readonly b?: number | null };

/** The data of a member. */
export interface MemberData {
  /** The number with which it was said. */
  readonly w: number;
}

/** A write to a state. A clear has no key. */
export type StateCall = { readonly state: string } & (
  | { readonly what: 'set'; readonly key: string; readonly value: Value; readonly ifId?: string | null }
  | { readonly what: 'patch'; readonly key: string; readonly value: ValuePatch }
  | { readonly what: 'delete'; readonly key: string }
  | { readonly what: 'clear' }
);

/** A key of a state, as a node reads it. */
export interface StateValue {
  readonly key: string;
  readonly id: string;
  readonly value: Value;
}

/** What a node says of a room. */
export interface RoomCensus {
  readonly members: readonly { readonly id: string; readonly data: MemberData }[];
  readonly count: number;
}

/** A member that a node has by hand. */
export interface MemberCall {
  readonly room: string;
  readonly id: string;
  readonly data: MemberData;
}

/** The limits of each state, by its name. */
export const states: Readonly<Record<string, { age?: number; every?: number; deletions?: number }>> = {
  plain: {},
  /** It forgets deletions soon, so that clients have gaps. */
  forgetful: { deletions: 2 },
  aging: { age: 1500 },
  paced: { every: 30 },
  /** Its values fill the buffers of slow clients. */
  fat: {},
};

/** The limits of each presence, by its name. */
export const rooms: Readonly<Record<string, { every?: number; names?: boolean }>> = {
  hall: {},
  lounge: { every: 50 },
  crowd: { names: false },
};
