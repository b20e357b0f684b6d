import { misuse, RequestMisuse } from '../checks/errors';
import { reservedNames } from '../log/log-name';

const maxLength = 255;
/** Control characters, and lone surrogates, which all are U+FFFD in UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: names must not contain these
const forbidden = /[\x00-\x1f\x7f\p{Surrogate}]/u;
const wanted = `1 to ${maxLength} characters without control characters or lone surrogates`;

/** @throws RequestMisuse for a name that no channel may have. */
export function checkChannelName(name: unknown): asserts name is string {
  checkName('channel name', "A channel's name", name);
  if (!name.startsWith(reservedNames)) return;
  const { message } = misuse('channel name', `a name that does not begin with the reserved ${reservedNames}`, name);
  throw new RequestMisuse(message, `A channel's name does not begin with ${reservedNames}.`);
}

/** @throws RequestMisuse for an id that no run may have. */
export function checkRunId(id: unknown): asserts id is string {
  checkName('run id', "A run's id", id);
}

/** @throws RequestMisuse for a name that no state may have. */
export function checkStateName(name: unknown): asserts name is string {
  checkName('state name', "A state's name", name);
}

/** @throws RequestMisuse for a name that no presence may have. */
export function checkPresenceName(name: unknown): asserts name is string {
  checkName('presence name', "A presence's name", name);
}

function checkName(option: string, subject: string, name: unknown): asserts name is string {
  if (typeof name === 'string' && name !== '' && name.length <= maxLength && !forbidden.test(name)) return;
  const { message } = misuse(option, `a string of ${wanted}`, name);
  throw new RequestMisuse(message, `${subject} has ${wanted}.`);
}
