import type { Redis } from 'ioredis';

/** The rights that a Redis user needs for the backplane, on one server. The docs have the same. */
export const rightsOnOneServer = [
  '~pushwire:*',
  '&pushwire:*',
  '+eval',
  '+evalsha',
  '+info',
  '+ping',
  '+time',
  '+del',
  '+hdel',
  '+hget',
  '+hgetall',
  '+hkeys',
  '+hmget',
  '+hset',
  '+persist',
  '+pexpire',
  '+pttl',
  '+publish',
  '+subscribe',
  '+unsubscribe',
] as const;

/** The rights that it needs besides on the nodes of a cluster. */
export const rightsOnCluster = [
  '+asking',
  '+cluster|info',
  '+cluster|nodes',
  '+cluster|slots',
  '+spublish',
  '+ssubscribe',
  '+sunsubscribe',
] as const;

export const user = { username: 'pushwire', password: 'secret' };

/** Makes the user anew, with these rights and no others. */
export async function allow(admin: Redis, rights: readonly string[]): Promise<void> {
  await admin.call('ACL', 'SETUSER', user.username, 'reset', 'on', `>${user.password}`, ...rights);
}
