import { misuse } from './errors';

/** Says why a value does not fit, or `undefined` when it does. */
type Check = (value: unknown) => string | undefined;

/** A number of something, from `least` upwards; `Infinity` lifts the bound where that is allowed. */
export function amount(least: number, { most = Number.MAX_SAFE_INTEGER, infinity = false } = {}): Check {
  const upTo = most === Number.MAX_SAFE_INTEGER ? ' up' : ` to ${most}`;
  const wanted = `an integer from ${least}${upTo}${infinity ? ', or Infinity' : ''}`;
  return (value) =>
    (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) ||
    (infinity && value === Infinity)
      ? undefined
      : wanted;
}

/** A duration in milliseconds that a Node timer can wait for. */
export function milliseconds(least: number, { infinity = false } = {}): Check {
  const most = 2 ** 31 - 1;
  return (value) =>
    (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) ||
    (infinity && value === Number.POSITIVE_INFINITY)
      ? undefined
      : `an integer number of milliseconds from ${least} to ${most}${infinity ? ', or Infinity' : ''}`;
}

export const aBoolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');

/** A name that needs no escaping in a query. */
export const parameterName: Check = (value) =>
  typeof value === 'string' && /^\w{1,32}$/.test(value) ? undefined : 'a name of up to 32 letters, digits and _';

/** One of some words. */
export function oneOf(...words: readonly string[]): Check {
  return (value) =>
    words.some((word) => word === value) ? undefined : words.map((word) => JSON.stringify(word)).join(' or ');
}

export const aFunction: Check = (value) => (typeof value === 'function' ? undefined : 'a function');

/** Origins as a browser says them (HTML Standard, 7.1.1), of any scheme: apps and extensions have their own. */
export const listOfOrigins: Check = (value) => {
  const isOrigin = (one: unknown) =>
    typeof one === 'string' && URL.canParse(one) && `${new URL(one).protocol}//${new URL(one).host}` === one;
  if (Array.isArray(value) && value.length > 0 && value.every(isOrigin)) return undefined;
  const odd = Array.isArray(value) && value.find((one) => !isOrigin(one));
  const why = typeof odd === 'string' ? ` (${JSON.stringify(odd)} is none)` : '';
  return `an array of origins such as https://www.example.com${why}`;
};

export function instanceOf(wanted: string, Class: new (...given: never[]) => object): Check {
  return (value) => (value instanceof Class ? undefined : wanted);
}

export function anObjectWith(...methods: string[]): Check {
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function')
      ? undefined
      : `an object with ${methods.join(', ')}`;
}

/** The options that have a value: one that is `undefined` is one that was not given. */
export function given<T extends object>(options: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/**
 * Looks at options given by the app before anything is done with them.
 *
 * @throws TypeError naming the option, what was wanted and what came, for an unknown name or a value that does not fit.
 */
export function checkOptions<T extends object>(
  owner: string,
  options: T | undefined,
  checks: { readonly [name in keyof Required<T>]: Check },
): T {
  if (options === undefined) return {} as T;
  // A Map, a Promise or an array has no options, whatever its keys.
  if (Object.prototype.toString.call(options) !== '[object Object]') {
    throw misuse(`${owner} options`, 'an object', options);
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(checks, name)) {
      throw new TypeError(
        `${owner} options: unknown option ${JSON.stringify(name)}, known are ${Object.keys(checks).join(', ')}`,
      );
    }
    const value = options[name as keyof T];
    const wanted = value === undefined ? undefined : checks[name as keyof T](value);
    if (wanted !== undefined) throw misuse(`${owner} option ${name}`, wanted, value);
  }
  return options;
}
