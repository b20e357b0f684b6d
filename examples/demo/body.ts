import { Refusal } from './refusal';

const accepted = 'Send text/plain, application/json or application/x-www-form-urlencoded.';

/**
 * Parses a body into data: text, a JSON value, or an object with the fields of a form.
 *
 * @throws {Refusal} 400 for a malformed body, 415 for another content type.
 */
export function readBody(contentType: string | undefined, text: string): unknown {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';').map(trim);
  checkCharset(parameters);
  if (type === '' || type === 'text/plain') return text;
  if (type === 'application/json' || type.endsWith('+json')) return readJson(text);
  if (type === 'application/x-www-form-urlencoded') return readForm(text);
  throw new Refusal(415, `The content type ${type} cannot be published. ${accepted}`);
}

function checkCharset(parameters: readonly string[]): void {
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset === undefined || /^"?(utf-?8|us-ascii)"?$/.test(charset)) return;
  throw new Refusal(415, `The charset ${charset} cannot be published. Send UTF-8.`);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal(400, `The body is not valid JSON: ${(cause as Error).message}.`, { cause });
  }
}

function readForm(text: string): unknown {
  // `curl -d hello` sends text with the content type of a form.
  if (!text.includes('=')) return text;
  if (/%(?![0-9a-f]{2})/i.test(text)) {
    throw new Refusal(400, 'The body is not a valid form: each % must be followed by two hexadecimal digits.');
  }
  const fields = new URLSearchParams(text);
  const valuesOf = (name: string) => {
    const values = fields.getAll(name);
    return values.length === 1 ? values[0] : values;
  };
  return Object.fromEntries([...fields.keys()].map((name) => [name, valuesOf(name)]));
}

function trim(part: string): string {
  return part.trim();
}
