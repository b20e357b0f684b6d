import { script } from '../scripts/script';
import type { Commands } from './commands';

const memory = script(`return redis.call('INFO', 'memory')`);

/** Returns the policy in a reply to `INFO memory`. `undefined` for one that evicts no keys. */
export function evictionPolicyOf(reply: unknown): string | undefined {
  const policy = /maxmemory_policy:([\w-]+)/.exec(String(reply))?.[1];
  return policy === 'noeviction' ? undefined : policy;
}

/**
 * Finds a policy of the server, or of any master, that evicts keys under memory pressure.
 *
 * @param key a key of the prefix that the user may use.
 */
export async function findEviction(commands: Commands, key: string): Promise<string | undefined> {
  const replies = commands.canMove
    ? await commands.askMasters([['INFO', 'memory']])
    : [await commands.run(memory, key, [], 'follow')];
  return replies.map(String).map(evictionPolicyOf).find(Boolean);
}
