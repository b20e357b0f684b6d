import { misuse } from './errors';

/** Returns `undefined` for a value that fits, and otherwise the wanted values in words. */
export type Check = (value: unknown) => string | undefined;

/** The longest delay of a Node timer, in ms. */
const maxDelay = 2 ** 31 - 1;

/**
 * Makes a check for integers from `min` to `max`. With `infinity`, `Infinity` fits too.
 *
 * @example
 * ```ts
 * import { checkOptions, integer } from '@pushwire/core/backplanes';
 *
 * // TypeError: myBackplane option shards: expected an integer from 1 to 16, got the number 99
 * checkOptions('myBackplane', { shards: 99 }, { shards: integer(1, { max: 16 }) });
 * ```
 */
export function integer(min: number, { max = Number.MAX_SAFE_INTEGER, infinity = false } = {}): Check {
  return integerOf('an integer', min, max, infinity);
}

/**
 * Makes a check for a number of milliseconds that a Node timer can wait. With `infinity`,
 * `Infinity` fits too.
 *
 * @example
 * ```ts
 * import { checkOptions, milliseconds } from '@pushwire/core/backplanes';
 *
 * // TypeError: myBackplane option timeout: expected an integer number of milliseconds from …
 * checkOptions('myBackplane', { timeout: 5 }, { timeout: milliseconds(100) });
 * ```
 */
export function milliseconds(min: number, { infinity = false } = {}): Check {
  return integerOf('an integer number of milliseconds', min, maxDelay, infinity);
}

function integerOf(what: string, min: number, max: number, infinity: boolean): Check {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} up` : `from ${min} to ${max}`;
  const wanted = `${what} ${range}${infinity ? ', or Infinity' : ''}`;
  return (value) => {
    const fits = Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
    return fits || (infinity && value === Number.POSITIVE_INFINITY) ? undefined : wanted;
  };
}

export const aBoolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');

/** Checks for a name that needs no escaping in a query. */
export const parameterName: Check = (value) =>
  typeof value === 'string' && /^\w{1,32}$/.test(value) ? undefined : 'a name of up to 32 letters, digits and _';

export function oneOf(...words: readonly (string | number)[]): Check {
  return (value) =>
    words.some((word) => word === value) ? undefined : words.map((word) => JSON.stringify(word)).join(' or ');
}

export const aFunction: Check = (value) => (typeof value === 'function' ? undefined : 'a function');

/**
 * Checks for an array of origins in the form that browsers send (HTML Standard, 7.1.1). Any scheme
 * fits, since apps and extensions have their own.
 */
export const listOfOrigins: Check = (value) => {
  if (Array.isArray(value) && value.length > 0 && value.every(isOrigin)) return undefined;
  const invalid = Array.isArray(value) && value.find((item) => !isOrigin(item));
  const detail = typeof invalid === 'string' ? ` (${JSON.stringify(invalid)} is not one)` : '';
  return `an array of origins such as https://www.example.com${detail}`;
};

function isOrigin(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, host } = new URL(value);
  return `${protocol}//${host}` === value;
}

export function instanceOf(wanted: string, Class: new (...args: never[]) => object): Check {
  return (value) => (value instanceof Class ? undefined : wanted);
}

/**
 * Makes a check for an object that has these methods.
 *
 * @example
 * ```ts
 * import { anObjectWith, checkOptions } from '@pushwire/core/backplanes';
 *
 * // TypeError: myBackplane option client: expected an object with publish, subscribe, got …
 * checkOptions('myBackplane', { client: 1 }, { client: anObjectWith('publish', 'subscribe') });
 * ```
 */
export function anObjectWith(...methods: string[]): Check {
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function')
      ? undefined
      : `an object with ${methods.join(', ')}`;
}

/**
 * Copies options without those that are `undefined`, so that they don't replace defaults.
 *
 * @example
 * ```ts
 * import { withoutUndefined } from '@pushwire/core/backplanes';
 *
 * function readOptions(options?: { timeout?: number | undefined }) {
 *   return { timeout: 5000, ...withoutUndefined(options) };
 * }
 * ```
 */
export function withoutUndefined<T extends object>(options: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/**
 * Checks options before they are used. An option that is `undefined` counts as absent.
 *
 * @param owner the function that the options were passed to, as error messages name it.
 * @throws TypeError for an unknown option, or for a value that does not fit. It names the option,
 * what was wanted and what came.
 * @example
 * ```ts
 * import { aBoolean, checkOptions, milliseconds } from '@pushwire/core/backplanes';
 *
 * function myBackplane(options?: { timeout?: number; durable?: boolean }) {
 *   const checks = { timeout: milliseconds(100), durable: aBoolean };
 *   const { timeout = 5000, durable = false } = checkOptions('myBackplane', options, checks);
 * }
 * ```
 */
export function checkOptions<T extends object>(
  owner: string,
  options: T | undefined,
  checks: { readonly [name in keyof Required<T>]: Check },
): T {
  if (options === undefined) return {} as T;
  // A Map, a Promise or an array is refused, even one that has no keys.
  if (Object.prototype.toString.call(options) !== '[object Object]') {
    throw misuse(`${owner} options`, 'an object', options);
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(checks, name)) {
      const known = Object.keys(checks).join(', ');
      throw new TypeError(`${owner} options: unknown option ${JSON.stringify(name)}; known options: ${known}`);
    }
    const value = options[name as keyof T];
    const wanted = value === undefined ? undefined : checks[name as keyof T](value);
    if (wanted !== undefined) throw misuse(`${owner} option ${name}`, wanted, value);
  }
  return options;
}
