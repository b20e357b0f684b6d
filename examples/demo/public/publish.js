import { post } from './disturb.js';

const form = document.querySelector('#publish');
const data = document.querySelector('#data');
const event = document.querySelector('#event');
const kind = document.querySelector('#kind');
const outcome = document.querySelector('#published');
const curl = document.querySelector('#curl');

/** Offers a form that publishes its text and shows the equivalent curl command. */
export function offerPublishing(room) {
  for (const place of document.querySelectorAll('.room')) place.textContent = room;
  form.addEventListener('input', () => showCurl(room));
  showCurl(room);
  form.addEventListener('submit', async (submission) => {
    submission.preventDefault();
    try {
      const { id } = await post(path(room), { headers: { 'Content-Type': kind.value }, body: data.value });
      say(`Published with the id ${id}.`);
      data.select();
    } catch (error) {
      say(error.message, true);
    }
  });
}

function path(room) {
  return `/channels/${room}${event.value && `?event=${encodeURIComponent(event.value)}`}`;
}

function showCurl(room) {
  const header = kind.value === 'text/plain' ? 'content-type: text/plain' : 'content-type: application/json';
  curl.textContent = `curl -H ${quote(header)} --data-raw ${quote(data.value)} ${quote(location.origin + path(room))}`;
}

/** Quotes a text for a POSIX shell. */
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function say(text, failed = false) {
  outcome.textContent = text;
  outcome.classList.toggle('failed', failed);
}
