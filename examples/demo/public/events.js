/** The most events that the list keeps. */
const most = 100;

const log = document.querySelector('#log');
const list = document.querySelector('#events');
const empty = document.querySelector('#empty');
const hold = document.querySelector('#hold');
const pings = document.querySelector('#pings');
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** The list of events, newest first. On hold, new ones wait outside of it. */
export class Events {
  #waiting = [];

  constructor() {
    // It scrolls, and not every browser lets the keyboard reach that by itself.
    log.tabIndex = 0;
    hold.addEventListener('click', () => this.#hold(hold.ariaPressed !== 'true'));
    pings.addEventListener('change', () => {
      // Once a second is too much to be read aloud.
      log.ariaLive = pings.checked ? 'off' : 'polite';
    });
  }

  add(event) {
    if (event.name === 'ping' && !pings.checked) return;
    if (hold.ariaPressed !== 'true') return this.#show([event]);
    this.#waiting.push(event);
    if (this.#waiting.length > most) this.#waiting.shift();
    hold.textContent = `Go on (${this.#waiting.length} new)`;
  }

  #hold(held) {
    hold.ariaPressed = String(held);
    hold.textContent = held ? 'Go on' : 'Hold';
    if (!held) this.#show(this.#waiting.splice(0));
  }

  #show(events) {
    for (const event of events) list.prepend(row(event));
    while (list.childElementCount > most) list.lastElementChild.remove();
    empty.hidden = list.childElementCount > 0;
  }
}

const arrivals = { history: 'from before', return: 'on return' };

function row({ name, data, at, arrival }) {
  const item = document.createElement('li');
  item.dataset.name = name;
  item.append(part('time', time.format(at)), part('span', name, 'name'));
  if (arrival in arrivals) item.append(part('span', arrivals[arrival], 'tag'));
  item.append(part('span', data, 'data'));
  return item;
}

/** What came over the wire is only ever set as text. */
function part(kind, text, className = '') {
  const element = document.createElement(kind);
  element.textContent = text;
  element.className = className;
  return element;
}
