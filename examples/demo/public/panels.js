import { watchOtherWindows } from './other-windows.js';
import { overComet } from './over-comet.js';
import { overNdjson } from './over-ndjson.js';
import { overLongPoll, overPoll } from './over-poll.js';
import { overSse } from './over-sse.js';
import { overWebSocket } from './over-web-socket.js';
import { Panel } from './panel.js';

const body = 'Bytes of the body, counted as they come. The head of the response is not among them.';
const timing =
  'As the browser measured them (Resource Timing, transferSize): each body as it came, and 300 for each head, which is what the standard says in place of its real size.';

const transports = [
  {
    name: 'poll',
    title: 'Interval poll',
    how: 'Asks every 3 seconds, whether there is news or not.',
    over: overPoll,
    bytes: timing,
  },
  {
    name: 'long-poll',
    title: 'Long poll',
    how: 'Each request waits at the server for news.',
    over: overLongPoll,
    bytes: timing,
  },
  {
    name: 'comet',
    title: 'Comet iframe',
    how: 'A hidden endless document; its silence tells a cut.',
    over: overComet,
    bytes: 'At least: the events as JSON text. The script around each of them is out of sight here.',
  },
  {
    name: 'sse',
    title: 'EventSource',
    how: 'Server-Sent Events, native to the browser.',
    over: overSse,
    bytes: 'At least: the lines of each event that was heard. Heartbeats and the head are out of sight here.',
  },
  { name: 'ndjson', title: 'NDJSON', how: 'Lines of JSON, by a fetch that goes on.', over: overNdjson, bytes: body },
  {
    name: 'websocket',
    title: 'WebSocket',
    how: 'A frame for each message, by pushwire.v1.',
    over: overWebSocket,
    asks: 'Handshakes',
    bytes: 'Each frame of text with its head of 2 to 10 bytes. The handshake and pings are out of sight here.',
  },
];

const section = document.querySelector('#transports');
const template = document.querySelector('#panel');
const others = document.querySelector('#others');

/** The panels, one for each transport, all of which follow the same channels; `urlOf` adds a query to their address. */
export function offerPanels(urlOf) {
  const switches = transports.map((transport) => offer(transport, urlOf));
  // All windows share the few connections that a browser opens to one origin.
  const ask = watchOtherWindows(() => {
    others.hidden = false;
    for (const stop of switches) stop();
  });
  ask();
}

/** @returns what switches the panel off. */
function offer({ name, title, how, asks = 'Requests', bytes, over }, urlOf) {
  const place = template.content.cloneNode(true).firstElementChild;
  section.append(place);
  place.dataset.transport = name;
  place.querySelector('.title').textContent = title;
  place.querySelector('.how').textContent = how;
  place.querySelector('.asks').textContent = asks;
  place.querySelector('.bytes').title = bytes;
  const panel = new Panel(place);
  const on = place.querySelector('input');
  let running;
  const follow = () => {
    running?.abort();
    running = undefined;
    if (!on.checked) return panel.became('off');
    panel.begin();
    running = new AbortController();
    over(urlOf, whileRunning(panel, running.signal), running.signal);
  };
  on.addEventListener('change', follow);
  follow();
  return () => {
    on.checked = false;
    follow();
  };
}

/** What was under way when the panel was switched off does not count any more. */
function whileRunning(panel, signal) {
  const report = {};
  for (const name of ['asked', 'received', 'told', 'missed', 'became']) {
    report[name] = (value) => {
      if (!signal.aborted) panel[name](value);
    };
  }
  return report;
}
