import { post } from './disturb.js';
import { showRegularly } from './drawing.js';
import { element } from './element.js';
import { note } from './journal.js';
import { compareClocks } from './server-clock.js';

/** The number of questions at the start, since one round trip may be slow, and ms between them. */
const questions = 5;
const rest = 1000;

/** Milliseconds of silence after which a node counts as gone. */
const silenceMs = 5000;

const section = document.querySelector('#nodes');
const list = document.querySelector('#node-list');
const nodes = new Map();
let isKillable = false;

const states = { running: 'running', killed: 'killed', starting: 'restarting', gone: 'silent' };

/** Shows the nodes, the panels that each serves, and buttons to kill them where possible. */
export async function offerNodes(panels) {
  showRegularly(section, { say: () => show(panels) });
  for (let asked = 0; asked < questions; asked++) {
    await ask();
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
}

async function ask() {
  const before = Date.now();
  const response = await fetch('/demo/nodes');
  const { killable, time, nodes: known } = await response.json();
  compareClocks(time, before, Date.now());
  isKillable = killable;
  for (const node of known) hear(node);
}

/** Takes news of a node from a ping or an event `node`. */
export function hear({ name, framework, port, pid, state = 'running' }) {
  const known = nodes.get(name);
  if (known?.state !== undefined && known.state !== state && state !== 'running')
    note('', `The node ${name} ${sayState(state)}`);
  if (known?.state === 'starting' && state === 'running') note('', `The node ${name} is running again`);
  // A ping that was sent before the node was killed may arrive after the news of that.
  if (known?.state === 'killed' && state === 'running' && pid === known.pid) return;
  nodes.set(name, { ...known, name, framework, port, pid: pid ?? known?.pid, state, heardAt: Date.now() });
  section.hidden = nodes.size < 2;
}

function sayState(state) {
  return state === 'killed' ? 'was killed' : `is ${states[state]}`;
}

function show(panels) {
  for (const node of nodes.values()) {
    const row = list.querySelector(`[data-node="${CSS.escape(node.name)}"]`) ?? add(node);
    const isGone = node.state === 'running' && Date.now() - node.heardAt > silenceMs;
    const state = isGone ? 'gone' : node.state;
    row.dataset.state = state;
    const here = panels
      .filter((panel) => state === 'running' && panel.status === 'open' && panel.node === node.name)
      .map(({ title }) => title);
    say(row, '.what', `${node.framework}, port ${node.port}${state === 'running' ? `, process ${node.pid}` : ''}`);
    say(row, '.state', states[state]);
    say(
      row,
      '.serves',
      here.length > 0 ? `serves ${new Intl.ListFormat('en').format(here)}` : 'serves none of these panels',
    );
    const button = row.querySelector('button');
    button.hidden = !isKillable;
    button.disabled = state !== 'running';
  }
}

function add({ name }) {
  const button = element('button', { type: 'button', className: 'quiet danger', textContent: 'Kill' });
  button.ariaLabel = `Kill the node ${name}`;
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await post(`/demo/nodes/${encodeURIComponent(name)}/kill`);
    } catch (error) {
      note('', error.message, 'loss');
    }
  });
  const row = element('li', {}, [
    element('p', { className: 'node-name' }, [
      element('strong', { textContent: name }),
      element('span', { className: 'state' }),
    ]),
    element('p', { className: 'what muted' }),
    element('p', { className: 'serves' }),
    button,
  ]);
  row.dataset.node = name;
  list.append(row);
  return row;
}

function say(row, selector, text) {
  const place = row.querySelector(selector);
  if (place.textContent !== text) place.textContent = text;
}
