import { Refusal } from './refusal';

const accepted = 'Send text/plain, application/json or application/x-www-form-urlencoded.';

/**
 * The data that a body stands for: text, a JSON value, or the fields of a form as an object.
 *
 * @throws Refusal 400 for what is malformed, 415 for any other content type.
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
    throw new Refusal(400, `The body is no valid JSON: ${(cause as Error).message}.`, { cause });
  }
}

function readForm(text: string): unknown {
  // What `curl -d hello` sends: its default content type says form, but the person means the text.
  if (!text.includes('=')) return text;
  if (/%(?![0-9a-f]{2})/i.test(text)) {
    throw new Refusal(400, 'The body is no valid form: after each % there must be two hexadecimal digits.');
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
