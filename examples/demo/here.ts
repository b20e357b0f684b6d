import type { IncomingMessage } from 'node:http';
import type { Hub, Presence, PresenceLimits, Present, State, StateLimits } from '@pushwire/core';
import { readBody } from './body';
import { readPublishableName } from './names';
import { type Person, personOf } from './people';
import { readParameter } from './query';
import { readText } from './read-text';
import { Refusal } from './refusal';
import { readVisitorId } from './visitors';

/** A place in the field: shares of its width and height, from 0 to 1. */
export interface Cursor {
  readonly x: number;
  readonly y: number;
}

/** Short, so that one can see a window leave, and long enough for a page that is loaded again. */
export const hereLimits: Partial<PresenceLimits> = { members: 1000, grace: 3000, lease: 10_000 };

/** A pointer sends more than anybody sees, and one that stays away leaves nothing behind. */
export const cursorLimits: Partial<StateLimits> = { keys: 1000, valueBytes: 256, age: 600_000, every: 33 };

/** Returns the presence of those who look at a room. @throws {Refusal} 400 or 403 for its name. */
export function hereIn(hub: Hub, room: string): Presence<Person> {
  return hub.presence(`here:${readPublishableName(room)}`);
}

/**
 * The member that a request's window is. Without the parameter `me`, it only looks.
 *
 * @throws {Refusal} 400 or 403.
 */
export function memberOf(hub: Hub, room: string, request: IncomingMessage, node: string): Present | undefined {
  const me = readParameter(request, 'me');
  if (me === undefined) return undefined;
  const id = readVisitorId(me, 'me');
  return { channel: hereIn(hub, room), id, data: personOf(id, node) };
}

/**
 * Returns the pointers of a room. They are no part of the presence, because they come and go while
 * their windows stay.
 *
 * @throws {Refusal} 400 or 403 for the name of the room.
 */
export function cursorsIn(hub: Hub, room: string): State<Cursor> {
  return hub.state(`cursors:${readPublishableName(room)}`);
}

/** Moves a pointer, or takes it away. @throws {Refusal} 400, 403, 413 or 415. */
export async function moveCursor(hub: Hub, room: string, request: IncomingMessage): Promise<void> {
  const cursors = cursorsIn(hub, room);
  const body = readBody(request.headers['content-type'], await readText(request, 1024));
  const { key, value } = (body ?? {}) as { readonly key?: string; readonly value?: Cursor | null };
  const id = readVisitorId(key, 'key');
  if (value === null) await cursors.delete(id);
  else if (isShare(value?.x) && isShare(value?.y)) await cursors.set(id, { x: value.x, y: value.y });
  else throw new Refusal(400, 'A cursor is {"x": …, "y": …} with numbers from 0 to 1, or null.');
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
