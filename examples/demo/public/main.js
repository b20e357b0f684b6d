import { channelUrl, randomId } from './channel-url.js';
import { Connection } from './connection.js';
import { offerCutting } from './cut.js';
import { Events } from './events.js';
import { Ledger } from './ledger.js';
import { offerPanels } from './panels.js';
import { offerPublishing } from './publish.js';
import { Tiles } from './tiles.js';

const states = { connecting: 'Connecting', live: 'Live', away: 'Away', ended: 'Ended' };

const room = readRoom();
const client = randomId();
const channels = `server,${encodeURIComponent(room)}`;
const connection = new Connection(channelUrl(channels, { client }));
const ledger = new Ledger();
const tiles = new Tiles(connection);
const events = new Events();

for (const name of ['ping', 'note', 'headline', 'alert']) connection.listen(name);
offerPublishing(room, listen);
offerCutting(connection, client, ledger);
offerListening();
document.querySelector('#second').href = location.href;

connection.addEventListener('state', ({ detail }) => {
  const status = document.querySelector('#status');
  status.dataset.state = detail;
  status.textContent = states[detail];
});
connection.addEventListener('message', ({ detail }) => {
  events.add(detail);
  if (detail.name === 'ping') takePing(detail);
});
connection.addEventListener('gap', ({ detail }) => {
  events.add({ name: 'gap', data: sayGap(detail), at: Date.now() });
  if (detail.reason !== 'epoch') return;
  // Another life of the server counts anew.
  ledger.restart();
  tiles.restart();
});
connection.open();
offerPanels((query) => channelUrl(channels, { client, ...query }));

/** A room whose name the server would refuse is the lobby. */
function readRoom() {
  const asked = new URLSearchParams(location.search).get('room') ?? '';
  return /^[\w.:-]{1,64}$/.test(asked) ? asked : 'lobby';
}

function sayGap({ reason, missed }) {
  if (reason === 'epoch') return 'The server has begun a new history: what it may have said meanwhile is not known.';
  return `The server no longer has ${missed ?? 'some'} of the messages that came meanwhile (${reason}).`;
}

function takePing({ data, arrival }) {
  const figures = readFigures(data);
  if (figures === undefined) return;
  ledger.take(figures.n, arrival);
  tiles.take(figures);
}

/** Anyone may publish a `ping` to the room; only the server's tells figures. */
function readFigures(data) {
  try {
    const figures = JSON.parse(data);
    return figures.cpu && figures.memory && figures.delay ? figures : undefined;
  } catch {
    return undefined;
  }
}

function offerListening() {
  const name = document.querySelector('#listen-name');
  document.querySelector('#listen').addEventListener('submit', (submission) => {
    submission.preventDefault();
    listen(name.value.trim());
    name.value = '';
  });
  showNames();
}

function listen(name) {
  if (name) connection.listen(name);
  showNames();
}

function showNames() {
  const names = connection.names.filter((name) => name !== 'message');
  document.querySelector('#heard').textContent = `${names.join(', ')}.`;
  const options = names.map((name) => Object.assign(document.createElement('option'), { value: name }));
  document.querySelector('#names').replaceChildren(...options);
}
