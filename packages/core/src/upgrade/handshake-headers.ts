type Header = number | string | readonly string[] | undefined;

/** Headers of a body or of the connection. The 101 answer of a handshake has its own. */
const excluded = /^(connection|content-.*|date|keep-alive|sec-websocket-.*|transfer-encoding|upgrade)$/;

const none: readonly string[] = [];

/** Returns the headers that an app set on a response, as lines for the answer of a handshake. */
export function handshakeHeaders(response: {
  getHeaderNames(): string[];
  getHeader(name: string): Header;
}): readonly string[] {
  let lines: string[] | undefined;
  for (const name of response.getHeaderNames()) {
    if (excluded.test(name)) continue;
    const value = response.getHeader(name);
    lines ??= [];
    if (Array.isArray(value)) for (const line of value) lines.push(`${name}: ${line}`);
    else lines.push(`${name}: ${value}`);
  }
  return lines ?? none;
}
