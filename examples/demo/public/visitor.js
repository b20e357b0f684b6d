/** What this page calls itself, so that it can have its own connections disturbed. */
export const visitor = randomId();

/** A room whose name the server would refuse is the lobby. */
export const room = readRoom(new URLSearchParams(location.search).get('room') ?? '');

/** What one panel follows: the server's figures, the room, and a channel of its own, on which it is told what no header can tell it. */
export function panelUrl(panel) {
  return `/channels/server,${room},visitor:${visitor}.${panel}?${new URLSearchParams({ visitor, panel })}`;
}

/** `crypto.randomUUID` would ask for https, which a phone in the same network does not have. */
function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readRoom(asked) {
  return /^[\w.-]{1,64}$/.test(asked) && asked !== 'server' ? asked : 'lobby';
}
