import { disturb } from './disturb.js';
import { note } from './journal.js';

/** Seconds of a stall: longer than the silence after which a client closes a connection. */
const stallSeconds = 8;

const cut = document.querySelector('#cut');
const stall = document.querySelector('#stall');
const away = document.querySelector('#away');

/** Offers the actions on all connections of this page. */
export function offerControls() {
  cut.addEventListener('click', async () => {
    await attempt(
      () => disturb('cut', { seconds: away.value }),
      `The server cuts all connections of this page and keeps it offline for ${away.value} s`,
    );
  });
  stall.addEventListener('click', async () => {
    stall.disabled = true;
    setTimeout(() => (stall.disabled = false), stallSeconds * 1000);
    await attempt(
      () => disturb('stall', { seconds: stallSeconds }),
      `The server sends this page nothing for ${stallSeconds} s`,
    );
  });
}

async function attempt(act, what) {
  try {
    note('', what);
    await act();
  } catch (error) {
    note('', error.message, 'loss');
  }
}
