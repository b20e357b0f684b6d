import type { Check } from '../checks/check-options';
import { badRequest } from '../checks/errors';
import { isPath } from '../encoders/comet-document';
import type { CometTarget } from '../encoders/comet-opening';

/** The functions of a page that its iframe may call. */
export type CometCallback = string | readonly string[] | RegExp;

/** The function that is called by default. */
const defaultCallback = 'pushwire';

/** The names that a request may choose by default. None of them is a function of every window. */
const ownPattern = /^pushwire(_[A-Za-z0-9_]{1,23})?$/;

/** A request names no path: it could lead on from an object of the page to any function. */
const requestedName = /^[\w$]{1,64}$/;

export const aCallback: Check = (value) =>
  isPath(value) || value instanceof RegExp || (Array.isArray(value) && value.length > 0 && value.every(isPath))
    ? undefined
    : 'a name, or names joined by dots, an array of these, or a RegExp';

/** Returns the function that a request's iframe calls, or refuses the request by throwing. */
export function callbackFor(
  option: CometCallback | undefined,
  query: URLSearchParams,
): Pick<CometTarget, 'callback' | 'isRequested'> {
  if (typeof option === 'string') return { callback: option };
  const requested = query.get('callback');
  if (requested === null) return { callback: Array.isArray(option) ? option[0] : defaultCallback };
  if (option === undefined) {
    if (ownPattern.test(requested)) return { callback: requested };
    throw badRequest('The callback must be pushwire, or pushwire_ and up to 23 letters, digits and _.');
  }
  if (option instanceof RegExp) {
    if (requestedName.test(requested) && matchesWhole(option, requested))
      return { callback: requested, isRequested: true };
  } else if (option.includes(requested)) return { callback: requested };
  throw badRequest('The callback must be one of the allowed callbacks.');
}

/** True if a pattern matches all of a text, whatever flags and anchors it has. */
function matchesWhole({ source, flags }: RegExp, text: string): boolean {
  return new RegExp(`^(?:${source})$`, flags.replace(/[gym]/g, '')).test(text);
}
