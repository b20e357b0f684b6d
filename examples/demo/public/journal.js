import { element } from './element.js';

/** The most entries that are kept. */
const maxEntries = 60;

/** Milliseconds for which equal entries are joined, so that five panels are read aloud as one. */
const collecting = 900;

const list = document.querySelector('#journal');
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const waiting = new Map();

/**
 * Adds an entry for something that has happened, newest first.
 *
 * @param who a panel's title, or nothing.
 * @param kind `loss` for entries that stand out.
 */
export function note(who, what, kind = '') {
  const key = `${kind} ${what}`;
  const entry = waiting.get(key) ?? { who: new Set(), what, kind, at: Date.now() };
  if (who) entry.who.add(who);
  if (waiting.has(key)) return;
  waiting.set(key, entry);
  setTimeout(() => {
    waiting.delete(key);
    show(entry);
  }, collecting);
}

function show({ who, what, kind, at }) {
  const names = new Intl.ListFormat('en').format(who);
  const item = element('li', { className: kind }, [
    element('time', { textContent: time.format(at) }),
    element('p', { textContent: names ? `${names}: ${what}.` : `${what}.` }),
  ]);
  list.prepend(item);
  while (list.childElementCount > maxEntries) list.lastElementChild.remove();
}
