/** Where a channel is found over a transport; what is `undefined` is left out. */
export function channelUrl(channels, query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return `/channels/${channels}?${new URLSearchParams(given)}`;
}

/** `crypto.randomUUID` would ask for https, which a phone in the same network does not have. */
export function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
