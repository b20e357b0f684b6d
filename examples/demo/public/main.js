import { offerControls } from './controls.js';
import { showAll } from './drawing.js';
import { addEvent, offerEvents } from './events.js';
import { offerOwnConnection } from './fallback.js';
import { hear, offerNodes } from './nodes.js';
import { offerPanels } from './panels.js';
import { offerPublishing } from './publish.js';
import { offerThemes } from './theme-switch.js';
import { Tiles } from './tiles.js';
import { room } from './visitor.js';

const own = offerOwnConnection();
const panels = offerPanels();
const tiles = new Tiles(own);

// They scroll, and not every browser lets the keyboard reach that by itself.
for (const log of document.querySelectorAll('.log')) log.tabIndex = 0;
offerThemes(showAll);
offerControls();
offerPublishing(room);
offerEvents();
offerNodes([own, ...panels]);
document.querySelector('#second').href = location.href;

own.addEventListener('message', ({ detail }) => {
  const { event, data, kind } = detail;
  addEvent(detail);
  if (event === 'ping' && isFigures(data)) tiles.take(data);
  // What was said of a node before this page came is over.
  if (kind !== 'replay' && event === 'ping' && isFigures(data)) hear(data.node);
  if (kind !== 'replay' && event === 'node' && data?.state) hear(data);
});

/** Anyone may publish a `ping` to the room; only the server's tells figures. */
function isFigures(data) {
  return Boolean(data?.node && data.cpu && data.memory && data.delay);
}
