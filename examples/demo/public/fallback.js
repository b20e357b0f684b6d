import { disturb } from './disturb.js';
import { showRegularly } from './drawing.js';
import { note } from './journal.js';
import { Panel } from './panel.js';
import { tellOf } from './panels.js';
import { saySince, sayTally, sayTrouble, statuses, titles } from './sayings.js';
import { showStrip } from './strip.js';

/** The order of transports of the page's own connection, which is also the client's default. */
const order = ['sse', 'websocket', 'long-poll', 'poll'];

const place = document.querySelector('#own');
const find = (selector) => place.querySelector(selector);

/** Shows the page's own connection, which falls back, by itself or on request. */
export function offerOwnConnection() {
  const refused = new Set();
  const panel = new Panel({
    name: 'page',
    title: 'This page',
    transports: order,
    refused,
    options: { betterAfter: 10_000, steadyAfter: 2000 },
  });
  const rungs = order.map((transport) => {
    const rung = document.createElement('li');
    rung.append(titles[transport]);
    find('#ladder').append(rung);
    return { rung, transport };
  });
  let trouble = '';
  const show = () => {
    place.dataset.status = panel.status;
    const transport = titles[panel.transport] ?? '';
    say('#own-status', panel.status === 'open' ? `Open over ${transport}` : `${statuses[panel.status]}: ${transport}`);
    say('#own-since', `for ${saySince(panel.since)}${panel.node ? `, on ${panel.node}` : ''}`);
    say('#own-trouble', trouble);
    say('#tally', sayTally(panel.ledger.tally));
    showStrip(find('.strip'), panel.ledger.newest(120));
    for (const { rung, transport } of rungs) {
      rung.ariaCurrent = String(transport === panel.transport);
      rung.dataset.refused = String(refused.has(transport));
      rung.title = refused.has(transport) ? 'Refused by the server, as you asked' : '';
    }
    find('#drop').disabled = panel.transport === order.at(-1);
    find('#restore').hidden = refused.size === 0;
  };
  find('#drop').addEventListener('click', async () => {
    refused.add(panel.transport);
    note('', `The server now refuses ${titles[panel.transport]} and cuts it`);
    show();
    await attempt(() => disturb('cut', { panel: panel.name }));
  });
  find('#restore').addEventListener('click', () => {
    refused.clear();
    note('', 'All transports are allowed again, and the page soon tries a better one');
    show();
    find('#drop').focus();
  });
  let last;
  panel.addEventListener('change', () => {
    if (panel.status !== 'open' || panel.transport === last) return;
    if (last !== undefined) note('', `This page continues over ${titles[panel.transport]}`);
    last = panel.transport;
  });
  panel.addEventListener('trouble', ({ detail }) => (trouble = `${titles[detail.transport]}: ${sayTrouble(detail)}`));
  panel.addEventListener('message', () => (trouble = ''));
  tellOf(panel);
  showRegularly(place, { say: show });
  panel.replay('0');
  return panel;
}

function say(selector, text) {
  const element = find(selector);
  if (element.textContent !== text) element.textContent = text;
}

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    note('', error.message, 'loss');
  }
}
