/** Headers of a body or of the connection. The 101 answer of a handshake has its own. */
const excluded = /^(connection|content-.*|date|keep-alive|sec-websocket-.*|transfer-encoding|upgrade)$/;

/** Returns the headers that an app set on a response, as lines for the answer of a handshake. */
export function handshakeHeaders(response: { getHeaders(): NodeJS.Dict<number | string | string[]> }): string[] {
  return Object.entries(response.getHeaders()).flatMap(([name, value]) => {
    if (excluded.test(name)) return [];
    return [value].flat().map((line) => `${name}: ${line}`);
  });
}
