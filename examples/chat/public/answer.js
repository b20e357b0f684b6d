import { connect } from '/client/index.js';

/** Says what became of an answer. */
function say({ outcome, code, reason }) {
  if (outcome === 'completed') return '';
  if (outcome === 'stopped') return `Stopped ${reason ?? ''}`;
  if (outcome === 'failed') return `Failed: ${code}`;
  return 'The server that wrote this answer has died. What you see is not all of it.';
}

/** Shows the answer to a question: all of it so far, and each token as it comes. */
export function showAnswer(id, prompt, ask) {
  const article = document.querySelector('#answer').content.firstElementChild.cloneNode(true);
  const find = (name) => article.querySelector(`.${name}`);
  find('prompt').textContent = prompt;
  article.dataset.outcome = 'running';
  document.querySelector('#answers').append(article);

  const url = `/answers/${id}`;
  const answer = connect(url);
  answer.on('message', (token) => find('text').append(token));
  // After a gap, the answer is read from its start.
  answer.onGap(() => find('text').replaceChildren());
  answer.onStatus(({ status, end }) => {
    if (status === 'waiting') find('status').textContent = 'Reconnecting …';
    if (status === 'open') find('status').textContent = '';
    if (status !== 'ended' && status !== 'failed') return;
    const outcome = end?.outcome ?? 'none';
    article.dataset.outcome = outcome;
    find('status').textContent = end?.outcome ? say(end) : 'This answer is no longer kept.';
    find('stop').hidden = true;
    find('again').hidden = outcome === 'completed';
  });
  find('stop').addEventListener('click', () => fetch(url, { method: 'DELETE' }));
  find('again').addEventListener('click', () => ask(prompt));
}
