/** A JSON object. */
type Members = Record<string, unknown>;

/** True for a JSON object, which a patch changes in part. */
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Sets a member, which may be called `__proto__`. */
function put(members: Members, name: string, value: unknown): void {
  Object.defineProperty(members, name, { value, configurable: true, enumerable: true, writable: true });
}

/**
 * Applies a JSON Merge Patch (RFC 7396) to a JSON value: an object changes the members that it
 * names, `null` removes a member, and any other patch takes the place of the value.
 *
 * @param target the value, or `undefined` for none. It stays as it is.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  const whole: { value?: unknown } = {};
  // A list takes the place of calls, since JSON may be deeper than the stack.
  const parts = [{ into: whole as Members, name: 'value', before: target, change: patch }];
  for (const { into, name, before, change } of parts) {
    if (!isObject(change)) put(into, name, change);
    else {
      const members = isObject(before) ? { ...before } : {};
      put(into, name, members);
      for (const [member, value] of Object.entries(change)) {
        const own = Object.hasOwn(members, member) ? members[member] : undefined;
        if (value === null) delete members[member];
        // It keeps or gets its place in the order of the members.
        else {
          put(members, member, own);
          parts.push({ into: members, name: member, before: own, change: value });
        }
      }
    }
  }
  return whole.value;
}
