import { connect } from '/client/index.js';
import { showAnswer } from './answer.js';

// The chat's name stands in the address, so a reload and a second window have the same one.
const address = new URL(location.href);
if (!address.searchParams.has('chat')) {
  address.searchParams.set('chat', crypto.randomUUID());
  history.replaceState(null, '', address);
}
const chat = `/chats/${encodeURIComponent(address.searchParams.get('chat'))}`;
document.querySelector('#second').href = address.href;

/** Asks the server. A POST that is repeated with the same id starts nothing twice. */
async function ask(prompt) {
  const body = JSON.stringify({ id: crypto.randomUUID(), prompt });
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  const { ok } = await fetch(chat, request).catch(() => fetch(chat, request));
  if (!ok) throw new Error('The server did not take the question.');
}

// Each question is a message of the chat's channel. Its answer is a run.
const questions = connect(chat, { cursor: '0' });
questions.on('message', ({ id, prompt }) => showAnswer(id, prompt, ask));
questions.onStatus(({ status }) => {
  document.querySelector('#connection').textContent = status === 'open' ? '' : `The chat is ${status}.`;
});

document.querySelector('#ask').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = document.querySelector('#prompt');
  ask(field.value);
  field.value = '';
});
