import { badRequest } from '../checks/errors';

/**
 * A frame of a client: it holds a message, or the topics that the client wants. With a
 * `request`, it expects an answer.
 */
export type ClientFrame = { readonly request: number | undefined } & (
  | { readonly data: string | Buffer }
  | { readonly topics: unknown }
);

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Reads a frame of a client (PROTOCOL.md, section 8.7). A message's data is what `onMessage` gets:
 * text as it is, a value as JSON text, and bytes as a Buffer.
 *
 * @throws PushwireError `bad-request` for anything else.
 */
export function readClientFrame(text: string): ClientFrame {
  const frame = parse(text);
  const { request, event, data, encoding } = frame;
  if (request !== undefined && !(Number.isSafeInteger(request) && (request as number) >= 0)) throw malformed();
  const number = request as number | undefined;
  if (event === 'pushwire:topics') return { request: number, topics: data };
  if (event !== undefined || data === undefined) throw malformed();
  if (encoding === undefined) return { request: number, data: typeof data === 'string' ? data : textOf(data) };
  if (encoding !== 'base64' || typeof data !== 'string' || !base64.test(data)) throw malformed();
  return { request: number, data: Buffer.from(data, 'base64') };
}

const malformed = () => badRequest('The message is no frame.');

/** A value may be nested more deeply than it can be written, though it has been read. */
function textOf(data: unknown): string {
  try {
    return JSON.stringify(data);
  } catch {
    throw malformed();
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
  return value as Readonly<Record<string, unknown>>;
}
