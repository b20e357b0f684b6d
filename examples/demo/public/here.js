import { connectState } from '/client/state/index.js';
import { element } from './element.js';
import { me, room, visitor } from './visitor.js';

/** Milliseconds between two places of the pointer. */
const pace = 33;

const section = document.querySelector('#here');
const list = section.querySelector('.members');
const field = section.querySelector('.field');
const rows = new Map();
const cursors = new Map();

// WebSockets are none of the six connections that a browser opens to one origin.
const options = { transports: ['websocket', 'sse', 'long-poll'], retry: 500, maxRetry: 4000 };
const asked = new URLSearchParams({ visitor, panel: 'here', me });

/** Shows the windows that are open on this room, and where their pointers are. */
export function offerHere() {
  const people = connectState(`/here/${room}?${asked}`, options);
  const places = connectState(`/cursors/${room}?${asked}`, { ...options, set: `/cursors/${room}` });
  const show = () => {
    for (const id of rows.keys()) if (people.get(id) === undefined) drop(rows, id);
    for (const [id, person] of people) showMember(id, person);
    section.querySelector('.count').textContent = sayCount(rows.size);
    for (const id of cursors.keys()) showCursor(id, people.get(id), places.get(id));
    for (const [id, place] of places) showCursor(id, people.get(id), place);
  };
  people.onChange(show);
  places.onChange((ids) => {
    for (const id of ids) showCursor(id, people.get(id), places.get(id));
  });
  followPointer((place) => places.set(me, place));
}

function showMember(id, { name, hue, node }) {
  const row = rows.get(id) ?? list.appendChild(element('li'));
  rows.set(id, row);
  row.style.setProperty('--hue', hue);
  row.replaceChildren(
    element('strong', { textContent: name }),
    element('span', { className: 'muted', textContent: id === me ? `this window, on ${node}` : `on ${node}` }),
  );
}

/** Shows the pointer of somebody who is here. One's own needs no picture. */
function showCursor(id, person, place) {
  if (id === me) return;
  if (!person || !place) return drop(cursors, id);
  const cursor = cursors.get(id) ?? field.appendChild(element('span', { className: 'cursor' }));
  cursors.set(id, cursor);
  cursor.textContent = person.name;
  cursor.style.setProperty('--hue', person.hue);
  cursor.style.left = `${place.x * 100}%`;
  cursor.style.top = `${place.y * 100}%`;
}

function drop(shown, id) {
  shown.get(id)?.remove();
  shown.delete(id);
}

/** Tells where the pointer is in the field, at most 30 times a second, and that it has left. */
function followPointer(tell) {
  let place;
  let isWaiting = false;
  const move = (to) => {
    place = to;
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      // What fails is followed by the next place.
      tell(place).catch(() => {});
    }, pace);
  };
  field.addEventListener('pointermove', ({ clientX, clientY }) => {
    const { left, top, width, height } = field.getBoundingClientRect();
    move({ x: share((clientX - left) / width), y: share((clientY - top) / height) });
  });
  field.addEventListener('pointerleave', () => move(null));
}

function share(value) {
  return Number(Math.min(1, Math.max(0, value)).toFixed(4));
}

function sayCount(count) {
  return count === 1 ? 'One window is here' : `${count} windows are here`;
}
