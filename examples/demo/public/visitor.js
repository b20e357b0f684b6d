/** The id of this page, by which it can have its own connections disturbed. */
export const visitor = randomId();

/** The id of this window, which it has again when the page is loaded anew. */
export const me = (sessionStorage.me ??= randomId());

/** The room of this page. It is the lobby if the server would refuse the name. */
export const room = readRoom(new URLSearchParams(location.search).get('room') ?? '');

/** The channels of one panel: the server's figures, the room, and one of its own with its node. */
export function panelUrl(panel) {
  return `/channels/server,${room},visitor:${visitor}.${panel}?${new URLSearchParams({ visitor, panel })}`;
}

/** Makes an id. `crypto.randomUUID` needs https, which a phone in the network does not have. */
function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readRoom(asked) {
  return /^[\w.-]{1,64}$/.test(asked) && asked !== 'server' ? asked : 'lobby';
}
