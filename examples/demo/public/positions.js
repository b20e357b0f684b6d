/**
 * Where an id stands in each log, by the log's tag: `{ epoch, offset }`. To an app a cursor is opaque; this page looks inside
 * (PROTOCOL.md, section 2), since the offsets of a log count 1, 2, 3 … and so prove whether something is missing.
 */
export function readPositions(id) {
  const [cursor] = id.split('!');
  return new Map(cursor.split('~').map(readPosition));
}

function readPosition(text) {
  const parts = text.split('.');
  const offset = Number(parts.pop());
  const epoch = parts.pop();
  return [parts.pop() ?? '', { epoch, offset }];
}
