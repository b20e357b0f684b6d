import { connectState } from '/client/state/index.js';
import { showRegularly } from './drawing.js';
import { HeatMap } from './heat-map.js';
import { Rate } from './rate.js';
import { sayBytes, sayDelay } from './sayings.js';
import { serverNow } from './server-clock.js';
import { visitor } from './visitor.js';
import { watchWire } from './wire.js';

const count = 1000;

/** The key of the market's clock: its node, its time, and the values that it sets in a second. */
const clockKey = 'clock';

/** Seconds whose mean and whose worst delay are shown. */
const recent = 5;

const section = document.querySelector('#prices');
const find = (name) => section.querySelector(`.${name}`);
const pace = find('pace');

let connection;
let values = new Rate();
let bytes = new Rate();
/** The age of the newest value at the end of each of the last seconds. */
let ages = [];

/** Shows the prices while they are in sight, which is how long the server changes them. */
export function offerPrices() {
  const map = new HeatMap(find('map'), count, (index) => connection?.get(String(index)));
  let isInSight = false;
  const connect = () => {
    connection?.close();
    connection = isInSight && !document.hidden ? read(map) : undefined;
  };
  // Whoever only sees the edge of the picture does not look at it.
  const look = ([{ isIntersecting }]) => {
    if (isInSight === isIntersecting) return;
    isInSight = isIntersecting;
    connect();
  };
  new IntersectionObserver(look, { rootMargin: '-25% 0px' }).observe(find('map'));
  document.addEventListener('visibilitychange', connect);
  pace.addEventListener('change', connect);
  // The colours of the page may have changed.
  showRegularly(section, { say: show, draw: () => map.change(allOf()) });
}

function read(map) {
  [values, bytes, ages] = [new Rate(), new Rate(), []];
  const wire = watchWire({ asked() {}, answeredBy() {}, received: (size) => bytes.add(size) });
  const query = new URLSearchParams({ visitor, panel: 'prices', pace: pace.value });
  // A WebSocket is none of the six connections that a browser opens to one origin.
  const opened = connectState(`/prices?${query}`, {
    ...wire,
    transports: ['websocket', 'sse', 'long-poll'],
    retry: 500,
    maxRetry: 4000,
  });
  opened.onStatus(({ status }) => (section.dataset.status = status));
  opened.onChange((keys) => {
    values.add(keys.size);
    map.change([...keys].filter((key) => key !== clockKey).map(Number));
  });
  return opened;
}

function show() {
  const clock = connection?.get(clockKey);
  if (clock === undefined) return;
  const age = Math.max(0, serverNow() - clock.time);
  const at = Date.now();
  ages = [...ages.filter((one) => one.at > at - recent * 1000), { at, age }];
  say('set', `${clock.perSecond.toLocaleString()} values/s`);
  say('by', `by ${clock.node}`);
  say('received', `${Math.round(mean(values)).toLocaleString()} values/s`);
  say('size', `${sayBytes(Math.round(mean(bytes)))}/s`);
  say('behind', sayDelay(age));
  say('worst', `at most ${sayDelay(Math.max(...ages.map((one) => one.age)))} in ${recent} s`);
}

/** The mean of the last full seconds. */
function mean(rate) {
  const [, counts] = rate.columns();
  return counts.slice(-recent).reduce((sum, each) => sum + each) / recent;
}

function say(name, text) {
  const place = find(name);
  if (place.textContent !== text) place.textContent = text;
}

function allOf() {
  return Array.from({ length: count }, (_, index) => index);
}
