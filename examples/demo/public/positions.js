/**
 * Reads the position in each log from an id, by the log's tag: `{ epoch, offset }`. To an app a
 * cursor is opaque. This page looks inside (PROTOCOL.md, section 2), since the offsets of a log
 * count 1, 2, 3 … and so prove that nothing is missing.
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
