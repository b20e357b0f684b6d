/** True for a JSON object, which a patch changes in part. */
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Applies a JSON Merge Patch (RFC 7396) to a JSON value: an object changes the members that it
 * names, `null` removes a member, and any other patch takes the place of the value.
 *
 * @param target the value, or `undefined` for none. It stays as it is.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const members = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name);
    else members.set(name, mergePatch(members.get(name), value));
  }
  // A member may be called `__proto__`, which an assignment would not make.
  return Object.fromEntries(members);
}
