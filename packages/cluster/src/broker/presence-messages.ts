import { countKey, type Message } from '@pushwire/core/backplanes';

/** Makes the message of the number of members. */
export function countMessage(members: number): Message {
  const body = String(members);
  return { kind: 'json', body, event: undefined, size: body.length + countKey.length, key: countKey };
}

/** Makes the message that deletes a member. */
export function deletionOf(key: string): Message {
  return { kind: 'json', body: 'null', event: undefined, size: Buffer.byteLength(key), key, isDeletion: true };
}
