import { element } from './element.js';

/** The most events that the list keeps. */
const maxEvents = 100;

const list = document.querySelector('#events');
const empty = document.querySelector('#empty');
const hold = document.querySelector('#hold');
const pings = document.querySelector('#pings');
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const arrivals = { replay: 'replayed', return: 'after reconnecting' };
const waiting = [];

/** The list of events, newest first. While it is paused, new ones wait. */
export function offerEvents() {
  hold.addEventListener('click', () => setHold(hold.ariaPressed !== 'true'));
}

export function addEvent(event) {
  if (event.event === 'ping' && !pings.checked) return;
  if (hold.ariaPressed !== 'true') return show([event]);
  waiting.push(event);
  if (waiting.length > maxEvents) waiting.shift();
  hold.textContent = `Resume (${waiting.length} new)`;
}

function setHold(held) {
  hold.ariaPressed = String(held);
  hold.textContent = held ? 'Resume' : 'Pause';
  if (!held) show(waiting.splice(0));
}

function show(events) {
  for (const event of events) list.prepend(row(event));
  while (list.childElementCount > maxEvents) list.lastElementChild.remove();
  empty.hidden = list.childElementCount > 0;
}

function row({ event, data, at, kind }) {
  const item = element('li', {}, [
    element('time', { textContent: time.format(at) }),
    element('span', { className: 'name', textContent: event }),
  ]);
  item.dataset.name = event;
  if (kind in arrivals) item.append(element('span', { className: 'tag', textContent: arrivals[kind] }));
  item.append(
    element('span', { className: 'data', textContent: typeof data === 'string' ? data : JSON.stringify(data) }),
  );
  return item;
}
