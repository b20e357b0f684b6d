import { comet } from '/client/comet/index.js';
import { note } from './journal.js';
import { watchOtherWindows } from './other-windows.js';
import { Panel } from './panel.js';
import { showPanel } from './panel-view.js';
import { sayAccount, sayGap, sayTrouble } from './sayings.js';

const body = 'Bytes of the response bodies as they arrive, without their heads.';

const transports = [
  { name: 'poll', title: 'Interval poll', how: 'Asks for news every 3 seconds.', bytes: body },
  { name: 'long-poll', title: 'Long poll', how: 'Each request waits on the server until there is news.', bytes: body },
  {
    name: 'comet',
    title: 'Comet iframe',
    how: 'A hidden document that never ends.',
    bytes: 'A lower bound: the messages as JSON text, without the script around each.',
    transport: comet,
    countsFrames: true,
  },
  {
    name: 'sse',
    title: 'Server-Sent Events',
    how: 'One response that never ends, read as it arrives.',
    bytes: body,
  },
  {
    name: 'websocket',
    title: 'WebSocket',
    how: 'One frame per message, with the subprotocol pushwire.v1.',
    asks: 'Handshakes',
    bytes: 'Text frames with their heads of 2 to 10 bytes, without the handshake and pings.',
  },
];

const others = document.querySelector('#others');

/** Shows one panel for each transport. All of them follow the same channels. */
export function offerPanels() {
  const panels = transports.map(({ transport, ...settings }) => {
    const panel = new Panel({ transports: [transport ?? settings.name], ...settings });
    showPanel(panel, settings);
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

/** Writes the events of a panel into the journal. */
export function tellOf(panel) {
  panel.addEventListener('lost', () => note(panel.title, 'the connection was lost'));
  // Other troubles come again with each attempt to reconnect.
  panel.addEventListener('trouble', ({ detail }) => {
    if (detail.code === 'silent') note(panel.title, sayTrouble(detail));
  });
  panel.addEventListener('gap', ({ detail }) => note(panel.title, `a gap was announced: ${sayGap(detail)}`, 'loss'));
  panel.addEventListener('back', ({ detail }) =>
    note(panel.title, `reconnected, ${sayAccount(detail)}`, lossIn(detail)),
  );
  panel.addEventListener('replayed', ({ detail }) => {
    note(panel.title, `replayed the history: ${sayAccount(detail)}, in ${detail.took ?? 0} ms`, lossIn(detail));
  });
}

/** Waits for the page's load event, which an endless iframe would delay for ever. */
function whenLoaded(act) {
  if (document.readyState === 'complete') act();
  else addEventListener('load', () => setTimeout(act), { once: true });
}

function lossIn({ missing, twice }) {
  return missing + twice > 0 ? 'loss' : '';
}
