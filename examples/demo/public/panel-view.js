import { disturb } from './disturb.js';
import { showRegularly } from './drawing.js';
import { note } from './journal.js';
import { sayBytes, sayDelay, saySince, sayTally, sayTrouble, statuses } from './sayings.js';
import { delayChart, rateChart } from './spark.js';
import { showStrip } from './strip.js';

const template = document.querySelector('#panel');

/** Milliseconds between changes of the charts' descriptions, which are not announced aloud. */
const descriptionRest = 5000;

/** Shows a panel with its charts and buttons. */
export function showPanel(panel, { how, asks = 'Requests', bytes }) {
  const place = template.content.cloneNode(true).firstElementChild;
  const find = (selector) => place.querySelector(selector);
  place.dataset.transport = panel.name;
  for (const title of [find('.title'), find('.switch span')]) title.textContent = panel.title;
  find('.how').textContent = how;
  find('.asks').textContent = asks;
  find('.bytes').title = bytes;
  document.querySelector('#transports').append(place);
  offerSwitch(panel, find('.switch input'));
  offerCut(panel, find('.cut'));
  offerReplay(panel, place);

  const charts = Object.fromEntries(
    ['delay', 'messages', 'requests', 'bytes'].map((name) => {
      const chart = find(`[data-figure="${name}"] .spark`);
      return [name, name === 'delay' ? delayChart(chart) : rateChart(chart)];
    }),
  );
  const say = (figure, text) => {
    const value = find(`[data-figure="${figure}"] .value`);
    if (value.textContent !== text) value.textContent = text;
  };
  let trouble = '';
  let describedAt = 0;
  const show = () => {
    place.dataset.status = panel.status;
    find('.status').textContent = statuses[panel.status];
    find('.since').textContent = panel.isOn ? `for ${saySince(panel.since)}` : '';
    find('.trouble').textContent = trouble;
    find('.node').textContent = (panel.isOn && panel.node) || '';
    say('delay', sayDelay(panel.delays.median));
    say('messages', panel.messages.total.toLocaleString());
    say('requests', panel.requests.total.toLocaleString());
    say('bytes', sayBytes(panel.bytes.total));
    find('.tally').textContent = sayTally(panel.ledger.tally);
    if (Date.now() - describedAt > descriptionRest) {
      describedAt = Date.now();
      describe(panel, find);
    }
  };
  const draw = () => {
    showStrip(find('.strip'), panel.ledger.newest(60));
    charts.delay.draw(panel.delays.columns());
    for (const name of ['messages', 'requests', 'bytes']) {
      const [times, values] = panel[name].columns();
      charts[name].draw([times, values], times.at(-1));
    }
  };
  panel.addEventListener('trouble', ({ detail }) => (trouble = sayTrouble(detail)));
  panel.addEventListener('message', () => (trouble = ''));
  showRegularly(place, { say: show, draw });
}

function describe(panel, find) {
  const [low, high] = panel.delays.range ?? [];
  const delays = low === undefined ? 'nothing yet' : `from ${sayDelay(low)} to ${sayDelay(high)}`;
  find('[data-figure="delay"] .spark').ariaLabel = `Delays of the last minute: ${delays}`;
  for (const name of ['messages', 'requests', 'bytes']) {
    const highest = Math.max(...panel[name].columns()[1]);
    const said = name === 'bytes' ? sayBytes(highest) : highest;
    find(`[data-figure="${name}"] .spark`).ariaLabel = `${name} in each second of the last minute: ${said} at most`;
  }
}

function offerSwitch(panel, input) {
  input.addEventListener('change', () => (input.checked ? panel.start() : panel.stop()));
}

function offerCut(panel, button) {
  button.ariaLabel = `Cut ${panel.title}`;
  button.addEventListener('click', async () => {
    try {
      await disturb('cut', { panel: panel.name });
    } catch (error) {
      note(panel.title, error.message, 'loss');
    }
  });
}

function offerReplay(panel, place) {
  const [range, output] = ['input[type="range"]', 'output'].map((name) => place.querySelector(name));
  const oldest = Number(range.max);
  const isOldest = () => Number(range.value) === oldest;
  const show = () => {
    output.value = isOldest() ? 'the oldest kept message' : `${range.value} s ago`;
    range.ariaValueText = output.value;
  };
  range.ariaLabel = `Replay ${panel.title} from`;
  range.addEventListener('input', show);
  show();
  const button = place.querySelector('.replay-now');
  button.ariaLabel = `Replay ${panel.title}`;
  button.addEventListener('click', () => {
    place.querySelector('.switch input').checked = true;
    panel.replay(isOldest() ? '0' : (panel.markBefore(Number(range.value)) ?? '0'));
  });
}
