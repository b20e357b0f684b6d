import { comet } from '/client/comet/index.js';
import { note } from './journal.js';
import { watchOtherWindows } from './other-windows.js';
import { Panel } from './panel.js';
import { showPanel } from './panel-view.js';
import { sayAccount, sayGap } from './sayings.js';

const body = 'Bytes of the bodies, counted as they come. Their heads are not among them.';

const transports = [
  { name: 'poll', title: 'Interval poll', how: 'Asks every 3 seconds, whether there is news or not.', bytes: body },
  { name: 'long-poll', title: 'Long poll', how: 'Each request waits at the server for news.', bytes: body },
  {
    name: 'comet',
    title: 'Comet iframe',
    how: 'A hidden document that never ends.',
    bytes: 'At least: the messages as JSON text. The script around each of them is out of sight here.',
    transport: comet,
    countsFrames: true,
  },
  {
    name: 'sse',
    title: 'Server-Sent Events',
    how: 'One answer that never ends, read while it comes.',
    bytes: body,
  },
  {
    name: 'websocket',
    title: 'WebSocket',
    how: 'A frame for each message, by pushwire.v1.',
    asks: 'Handshakes',
    bytes: 'Each frame of text with its head of 2 to 10 bytes. The handshake and pings are out of sight here.',
  },
];

const others = document.querySelector('#others');

/** The panels, one for each transport, all of which follow the same channels. */
export function offerPanels() {
  const panels = transports.map(({ transport, ...given }) => {
    const panel = new Panel({ transports: [transport ?? given.name], ...given });
    showPanel(panel, given);
    tellOf(panel);
    return panel;
  });
  let isAlone = true;
  whenLoaded(() => {
    for (const panel of panels) if (isAlone) panel.start();
  });
  // All windows share the few connections that a browser opens to one origin.
  const ask = watchOtherWindows(() => {
    isAlone = false;
    others.hidden = false;
    for (const input of document.querySelectorAll('.switch input')) input.checked = false;
    for (const panel of panels) panel.stop();
  });
  ask();
  return panels;
}

/** Notes what becomes of a panel. */
export function tellOf(panel) {
  panel.addEventListener('lost', () => note(panel.title, 'the connection is gone'));
  panel.addEventListener('gap', ({ detail }) => note(panel.title, `a gap was announced: ${sayGap(detail)}`, 'loss'));
  panel.addEventListener('back', ({ detail }) => note(panel.title, `is back, ${sayAccount(detail)}`, lossIn(detail)));
  panel.addEventListener('replayed', ({ detail }) => {
    note(panel.title, `has read the history: ${sayAccount(detail)}, in ${detail.took ?? 0} ms`, lossIn(detail));
  });
}

/** An iframe that never ends would keep the page's own load event from coming. */
function whenLoaded(act) {
  if (document.readyState === 'complete') act();
  else addEventListener('load', () => setTimeout(act), { once: true });
}

function lossIn({ missing, twice }) {
  return missing + twice > 0 ? 'loss' : '';
}
