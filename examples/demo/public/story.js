import { connect } from '/client/index.js';
import { post } from './disturb.js';
import { note } from './journal.js';
import { room, visitor } from './visitor.js';

const address = `/stories/${room}`;
const section = document.querySelector('#story');
const find = (name) => section.querySelector(`.${name}`);

const outcomes = {
  completed: 'Completed',
  stopped: 'Stopped',
  failed: 'Failed',
  lost: 'Lost: the node that told it is gone',
};

/**
 * Offers the story of the room, a run that outlives the request that began it.
 *
 * @param own the page's own connection, which hears when somebody begins a story.
 */
export function offerStory(own) {
  let connection = read();
  own.addEventListener('message', ({ detail: { event, kind } }) => {
    if (event === 'story' && kind !== 'replay') follow();
  });
  const follow = () => {
    if (connection.status === 'ended') connection = read();
  };
  const begin = async () => {
    await post(address);
    // The page may not hear its room yet.
    follow();
  };
  find('begin').addEventListener('click', () => attempt(begin));
  find('stop').addEventListener('click', () => attempt(() => fetch(address, { method: 'DELETE' })));
}

/** Reads the story from its first word. */
function read() {
  find('text').replaceChildren();
  // A WebSocket is none of the six connections that a browser opens to one origin.
  const connection = connect(`${address}?${new URLSearchParams({ visitor, panel: 'story' })}`, {
    transports: ['websocket', 'sse', 'long-poll'],
    retry: 500,
    maxRetry: 4000,
  });
  connection.on('message', (word) => find('text').append(word));
  connection.onGap(() => find('text').replaceChildren());
  connection.onStatus(({ status, end }) => {
    const outcome = end?.outcome ?? 'none';
    section.dataset.outcome = status === 'ended' ? outcome : 'running';
    find('status').textContent = status === 'ended' ? (outcomes[outcome] ?? 'None yet') : sayStatus(status);
    find('begin').disabled = status !== 'ended' && status !== 'failed';
    find('stop').disabled = status === 'ended' || status === 'failed';
    if (end?.outcome) note('Story', outcomes[outcome].toLowerCase(), outcome === 'lost' ? 'loss' : '');
  });
  return connection;
}

function sayStatus(status) {
  if (status === 'open') return 'Running';
  return status === 'failed' ? 'Out of reach' : 'Reconnecting';
}

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    note('Story', error.message, 'loss');
  }
}
