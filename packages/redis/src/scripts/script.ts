import { createHash } from 'node:crypto';

/** A Lua script and the hash that `EVALSHA` takes. */
export interface Script {
  readonly lua: string;
  readonly sha1: string;
}

export function script(lua: string): Script {
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}
