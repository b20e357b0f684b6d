import { offerControls } from './controls.js';
import { showAll } from './drawing.js';
import { addEvent, offerEvents } from './events.js';
import { offerOwnConnection } from './fallback.js';
import { offerHere } from './here.js';
import { hear, offerNodes } from './nodes.js';
import { offerPanels } from './panels.js';
import { offerPrices } from './prices.js';
import { offerPublishing } from './publish.js';
import { offerStory } from './story.js';
import { offerThemes } from './theme-switch.js';
import { Tiles } from './tiles.js';
import { room } from './visitor.js';

const own = offerOwnConnection();
const panels = offerPanels();
const tiles = new Tiles(own);

// Logs scroll, and not every browser makes that possible by keyboard.
for (const log of document.querySelectorAll('.log')) log.tabIndex = 0;
offerThemes(showAll);
offerControls();
offerPublishing(room);
offerEvents();
offerNodes([own, ...panels]);
offerStory(own);
offerHere();
offerPrices();
document.querySelector('#second').href = location.href;

own.addEventListener('message', ({ detail }) => {
  const { event, data, kind } = detail;
  addEvent(detail);
  if (event === 'ping' && isFigures(data)) tiles.take(data);
  // Replayed news of nodes is outdated.
  if (kind !== 'replay' && event === 'ping' && isFigures(data)) hear(data.node);
  if (kind !== 'replay' && event === 'node' && data?.state) hear(data);
});

/** Anyone may publish a `ping` to the room, but only the server's has figures. */
function isFigures(data) {
  return Boolean(data?.node && data.cpu && data.memory && data.delay);
}
