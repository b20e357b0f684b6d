/** The type of a stream that was created without one. */
export const defaultType = 'application/octet-stream';

/** A media type as RFC 9110 writes it, with parameters of printable characters. */
const pattern = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+[ \t]*(;[\t\x20-\x7e]*)?$/;

/** The most characters of a content type, since each stream keeps its own. */
const maxLength = 256;

export function isContentType(text: string): boolean {
  return text.length <= maxLength && pattern.test(text);
}

/** True if two content types name the same media type. Parameters and case don't count. */
export function sameType(one: string, other: string): boolean {
  return mediaTypeOf(one) === mediaTypeOf(other);
}

/** True for a stream whose messages are JSON values. */
export function isJson(contentType: string): boolean {
  return mediaTypeOf(contentType) === 'application/json';
}

/** True for a stream whose bytes are text on an event stream. Others are base64 there. */
export function isText(contentType: string): boolean {
  return isJson(contentType) || mediaTypeOf(contentType).startsWith('text/');
}

function mediaTypeOf(contentType: string): string {
  return (contentType.split(';')[0] as string).trim().toLowerCase();
}
