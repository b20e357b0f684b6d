import { types } from 'node:util';
import { isPromise, misuse } from '../checks/errors';

const wanted = 'a string, bytes, or a value that JSON can hold';

const bytesWanted = 'a value that JSON can hold; publish bytes alone, or as text in base64';

/** Kinds of objects that JSON shows in full, as `Object.prototype.toString` names them. */
const plainKinds = ['Object', 'Array', 'String', 'Number', 'Boolean', 'Arguments'];

/** Ways out for objects whose content JSON cannot see. */
const advice: Readonly<Record<string, string>> = {
  Promise: 'await it first',
  Map: 'publish Object.fromEntries() or an array of it',
  Set: 'publish an array of it',
  Error: 'publish its message, or an object of what clients may know',
};

/**
 * Returns the JSON text of a value.
 *
 * @param subject the value's name in an error message.
 * @throws TypeError for what JSON cannot hold (a cycle, a BigInt, undefined, a function, NaN), and
 * for what it would lose silently: the content of a promise, a Map, a Set, an Error, a stream and
 * the like becomes `{}`, also inside of other values. Typed arrays in values are refused too.
 */
export function toJson(data: unknown, subject = 'data'): string {
  if (typeof data === 'number' && !Number.isFinite(data)) throw misuse(subject, wanted, data);
  // Objects with properties, such as a query builder or an error with a code, are not `{}`.
  if (isPromise(data)) throw misuse(subject, 'a value, not a promise of one; await it first', data);
  if (isError(data) && !('toJSON' in data)) throw lost(subject, 'Error', data);
  let json: string | undefined;
  try {
    json = JSON.stringify(data);
  } catch (cause) {
    throw new TypeError(`${subject}: expected ${wanted}, but ${(cause as Error).message}`, { cause });
  }
  if (json === undefined) throw misuse(subject, wanted, data);
  // Only such texts are worth a second pass. Bytes become an object of numbered properties.
  if (json.includes('{}') || json.includes('{"0":')) JSON.stringify(data, refuseLost(subject));
  return json;
}

/** A property tells faster than the engine that most objects are no errors. */
const isError = (data: unknown): data is Error =>
  typeof data === 'object' && data !== null && 'stack' in data && types.isNativeError(data);

/** Makes a replacer, which gets each value after its `toJSON()`. */
const refuseLost = (subject: string) => (name: string, value: unknown) => {
  if (typeof value !== 'object' || value === null) return value;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (ArrayBuffer.isView(value)) throw misuse(`${subject}, property ${JSON.stringify(name)}`, bytesWanted, value);
  const isLost = !plainKinds.includes(kind) && Object.keys(value).length === 0;
  if (isLost) throw lost(name === '' ? subject : `${subject}, property ${JSON.stringify(name)}`, kind, value);
  return value;
};

function lost(option: string, kind: string, value: unknown): TypeError {
  const way = Object.hasOwn(advice, kind) ? `; ${advice[kind]}` : '';
  return misuse(option, `${wanted}, not an object whose content JSON leaves out${way}`, value);
}
