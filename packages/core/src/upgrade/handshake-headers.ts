type Header = number | string | readonly string[] | undefined;

/** Headers of a body or of the connection. The 101 answer of a handshake has its own. */
const excluded = /^(connection|content-.*|date|keep-alive|sec-websocket-.*|transfer-encoding|upgrade)$/;

const none: readonly string[] = [];

/** Returns the headers that an app set on a response, as lines for the answer of a handshake. */
export function handshakeHeaders(response: {
  getHeaderNames(): string[];
  getHeader(name: string): Header;
}): readonly string[] {
  let lines: readonly string[] | undefined;
  for (const name of response.getHeaderNames()) {
    if (excluded.test(name)) continue;
    const value = response.getHeader(name);
    const added = Array.isArray(value) ? value.map((line) => `${name}: ${line}`) : [`${name}: ${value}`];
    // An array that grows gets room for 17.
    lines = lines ? [...lines, ...added] : added;
  }
  return lines ?? none;
}
