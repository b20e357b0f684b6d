import { watchOtherWindows } from './other-windows.js';
import { overComet } from './over-comet.js';
import { overNdjson } from './over-ndjson.js';
import { overLongPoll, overPoll } from './over-poll.js';
import { overSse } from './over-sse.js';
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
    how: 'An endless document in a hidden frame calls this page.',
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
];

const section = document.querySelector('#transports');
const template = document.querySelector('#panel');
const others = document.querySelector('#others');

/** The panels, one for each transport, all of which follow the same channels. */
export function offerPanels(channels) {
  const switches = transports.map((transport) => offer(transport, channels));
  // All windows share the few connections that a browser opens to one origin.
  const ask = watchOtherWindows(() => {
    others.hidden = false;
    for (const stop of switches) stop();
  });
  ask();
}

/** @returns what switches the panel off. */
function offer({ name, title, how, bytes, over }, channels) {
  const place = template.content.cloneNode(true).firstElementChild;
  section.append(place);
  place.dataset.transport = name;
  place.querySelector('.title').textContent = title;
  place.querySelector('.how').textContent = how;
  place.querySelector('.bytes').title = bytes;
  const panel = new Panel(place);
  const on = place.querySelector('input');
  let running;
  const follow = () => {
    running?.abort();
    running = undefined;
    panel.became(on.checked ? 'connecting' : 'off');
    if (!on.checked) return;
    running = new AbortController();
    over(channels, whileRunning(panel, running.signal), running.signal);
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
  for (const name of ['asked', 'received', 'told', 'became']) {
    report[name] = (value) => {
      if (!signal.aborted) panel[name](value);
    };
  }
  return report;
}
