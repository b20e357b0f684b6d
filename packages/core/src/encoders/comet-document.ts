import { type Check, checkOptions, integer, listOfOrigins, milliseconds, parameterName } from '../checks/check-options';
import { checkOneLine } from '../log/message';
import { documentHead, scriptCall, scriptTag } from './comet';
import { jsonOf } from './frame-fields';

/** A callback goes into a script, so it must not contain anything else. */
const dottedPath = /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/;

/** True for a name, or names joined by dots. */
export const isPath = (value: unknown): boolean => typeof value === 'string' && dottedPath.test(value);

/** The characters of base64 (Content Security Policy Level 3, 2.3.1). */
const nonceText = /^[\w+/-]+={0,2}$/;

const aPath: Check = (value) => (isPath(value) ? undefined : 'a name, or names joined by dots');
const aNonce: Check = (value) => (typeof value === 'string' && nonceText.test(value) ? undefined : 'a base64 text');
const anOrigin: Check = (value) =>
  listOfOrigins([value]) === undefined ? undefined : 'an origin such as https://www.example.com';

/** The document of an iframe that calls its page. */
export interface CometDocument {
  /** The function of the page: a name, or names joined by dots. Defaults to `pushwire`. */
  callback?: string | undefined;
  /** Posts the values to a page of this origin instead of calling its function. No default. */
  origin?: string | undefined;
  /** The query parameter with the cursor when the iframe reloads itself. Defaults to `cursor`. */
  parameter?: string | undefined;
  /** The nonce of a Content-Security-Policy, which allows the script. No default. */
  nonce?: string | undefined;
  /** Bytes of padding, if the document's first KiB is not enough. Defaults to 0. */
  padding?: number | undefined;
}

const documentChecks = {
  callback: aPath,
  origin: anOrigin,
  parameter: parameterName,
  nonce: aNonce,
  padding: integer(0, { max: 65_536 }),
};

/**
 * Encodes the beginning of a comet document, of at least 1024 bytes. Calls follow it. The document
 * does nothing where it is opened as a page of its own.
 *
 * @throws TypeError for an unknown property or one that does not fit.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { encodeCometCall, encodeCometDocument, headersOf } from '@pushwire/core/encoders';
 *
 * createServer((_request, response) => {
 *   response.writeHead(200, headersOf('comet'));
 *   response.write(encodeCometDocument({ callback: 'app.onNews' }));
 *   response.write(encodeCometCall({ data: 'hello' }));
 * }).listen(3000);
 * ```
 */
export function encodeCometDocument(document?: CometDocument): string {
  const checked = checkOptions<CometDocument>('comet document', document, documentChecks);
  const { callback = 'pushwire', parameter = 'cursor', origin, nonce, padding = 0 } = checked;
  return documentHead({ callback, parameter, ...(origin !== undefined && { origin }) }, scriptTag(nonce), padding);
}

/** The parts of a comet call beside its value. */
export interface CometCall {
  /** The cursor with which the iframe reloads itself. It must not contain CR, LF or NUL. */
  id?: string | undefined;
  /** Milliseconds until the iframe reloads itself, at least 100. No default: it stays. */
  reload?: number | undefined;
  /** The nonce of the document. No default. */
  nonce?: string | undefined;
}

const callChecks = { id: (() => undefined) satisfies Check, reload: milliseconds(0), nonce: aNonce };

/**
 * Encodes the call of a comet document that passes a value to the page.
 *
 * @param value any value that JSON can hold. For `undefined` the page gets nothing, and the iframe
 * stores the `id`.
 * @throws TypeError for a value or a property that does not fit.
 * @example
 * ```ts
 * import { encodeCometCall } from '@pushwire/core/encoders';
 *
 * console.log(encodeCometCall({ data: 'hi' }, { id: '7' }));
 * // <script>_({"data":"hi"},"7")</script>
 * ```
 */
export function encodeCometCall(value: unknown, call?: CometCall): string {
  const { id, reload, nonce } = checkOptions<CometCall>('comet call', call, callChecks);
  if (id !== undefined) checkOneLine('id', id);
  return scriptCall(scriptTag(nonce), value === undefined ? undefined : jsonOf(value), id, reload);
}
