import { types } from 'node:util';
import { isPromise, misuse } from '../checks/errors';

/** Bytes are sent as they are in some places only. */
const anyData = 'a string, bytes, or a value that JSON can hold';
const jsonAlone = 'a value that JSON can hold';

const bytesInData = `${jsonAlone}; publish bytes alone, or as text in base64`;
const bytesElsewhere = `${jsonAlone}, such as bytes as text in base64`;

/** Kinds of objects that JSON shows in full, as `Object.prototype.toString` names them. */
const plainKinds = ['Object', 'Array', 'String', 'Number', 'Boolean', 'Arguments'];

/** Ways out for objects whose content JSON cannot see. */
const advice: Readonly<Record<string, string>> = {
  Promise: 'await it first',
  Map: 'give Object.fromEntries() or an array of it',
  Set: 'give an array of it',
  Error: 'give its message, or an object of what clients may know',
};

/**
 * Returns the JSON text of a value.
 *
 * @param subject the value's name in an error message, where it may not be bytes. Defaults to
 * `data`, which may.
 * @throws TypeError for what JSON cannot hold (a cycle, a BigInt, undefined, a function, NaN), and
 * for what it would lose silently: the content of a promise, a Map, a Set, an Error, a stream and
 * the like becomes `{}`, also inside of other values. Typed arrays in values are refused too.
 */
export function toJson(data: unknown, subject?: string): string {
  const wanted = subject === undefined ? anyData : jsonAlone;
  const bytesWanted = subject === undefined ? bytesInData : bytesElsewhere;
  // A Buffer would become an object that lists its bytes.
  if (subject !== undefined && isBytes(data)) throw misuse(subject, bytesWanted, data);
  return toJsonOf(data, { subject: subject ?? 'data', wanted, bytesWanted });
}

/** True for an `ArrayBuffer` or a view of one, of any realm. */
export function isBytes(data: unknown): data is ArrayBufferLike | ArrayBufferView {
  return ArrayBuffer.isView(data) || types.isAnyArrayBuffer(data);
}

/** The words of an error message. */
interface Words {
  readonly subject: string;
  readonly wanted: string;
  readonly bytesWanted: string;
}

function toJsonOf(data: unknown, words: Words): string {
  const { subject, wanted } = words;
  if (typeof data === 'number' && !Number.isFinite(data)) throw misuse(subject, wanted, data);
  // Objects with properties, such as a query builder or an error with a code, are not `{}`.
  if (isPromise(data)) throw misuse(subject, 'a value, not a promise of one; await it first', data);
  if (isError(data) && !('toJSON' in data)) throw lost(subject, words, 'Error', data);
  let json: string | undefined;
  try {
    json = JSON.stringify(data);
  } catch (cause) {
    throw new TypeError(`${subject}: expected ${wanted}, but ${(cause as Error).message}`, { cause });
  }
  if (json === undefined) throw misuse(subject, wanted, data);
  // Only such texts are worth a second pass. Bytes become an object of numbered properties.
  if (json.includes('{}') || json.includes('{"0":')) JSON.stringify(data, refuseLost(words));
  return json;
}

/** A property tells faster than the engine that most objects are no errors. */
const isError = (data: unknown): data is Error =>
  typeof data === 'object' && data !== null && 'stack' in data && types.isNativeError(data);

/** Makes a replacer, which gets each value after its `toJSON()`. */
const refuseLost = (words: Words) => (name: string, value: unknown) => {
  if (typeof value !== 'object' || value === null) return value;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  const option = name === '' ? words.subject : `${words.subject}, property ${JSON.stringify(name)}`;
  if (ArrayBuffer.isView(value)) throw misuse(option, words.bytesWanted, value);
  const isLost = !plainKinds.includes(kind) && Object.keys(value).length === 0;
  if (isLost) throw lost(option, words, kind, value);
  return value;
};

function lost(option: string, { wanted }: Words, kind: string, value: unknown): TypeError {
  const way = Object.hasOwn(advice, kind) ? `; ${advice[kind]}` : '';
  return misuse(option, `${wanted}, not an object whose content JSON leaves out${way}`, value);
}
