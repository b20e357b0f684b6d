import { aBoolean, aFunction, type Check, checkOptions, oneOf } from '../checks/check-options';
import { misuse } from '../checks/errors';
import type { Dialect } from './dialect';

const aString: Check = (value) => (typeof value === 'string' ? undefined : 'a string');
const aName: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'a name');

const headers: Check = (value) => {
  const fits = typeof value === 'object' && value !== null;
  return fits && Object.values(value).every((each) => typeof each === 'string') ? undefined : 'an object of strings';
};

const checks = {
  name: aName,
  headers,
  headersAt: aFunction,
  contentType: aString,
  opening: aFunction,
  message: aFunction,
  heartbeat: aString,
  end: aFunction,
  error: aFunction,
  gap: aFunction,
  received: aFunction,
  tellsNumbers: aBoolean,
  whenFinished: oneOf('no-content', 'end'),
  whenEnded: oneOf('no-content', 'replay'),
};

/** @throws TypeError for a value that is no dialect, and for an unknown or bad property of one. */
export function checkDialect(dialect: unknown): Dialect {
  const { name, message } = (dialect ?? {}) as Partial<Dialect>;
  if (typeof dialect !== 'object' || name === undefined || message === undefined) {
    throw misuse('dialect', 'a dialect, such as aiSdkUiMessages()', dialect);
  }
  return checkOptions<Dialect>('dialect', dialect as Dialect, checks);
}
