import { connect } from '/client/index.js';

const find = (id) => document.querySelector(`#${id}`);
const build = new URL(location.href).searchParams.get('build');

find('start').addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ project: find('project').value });
  const response = await fetch('/builds', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { id } = await response.json();
  // Whoever has this address sees the same build: after a reload, and in another window.
  location.search = `?build=${id}`;
});

if (build) follow(`/builds/${encodeURIComponent(build)}`);

/** Shows the output of a build from its first line. */
function follow(url) {
  const output = connect(url);
  output.onAny(({ event, data }) => {
    const part = Object.assign(document.createElement('span'), { className: event, textContent: data });
    find('output').append(part);
  });
  output.onGap(() => find('output').replaceChildren());
  output.onStatus(({ status, end }) => {
    const { outcome, code } = end ?? {};
    find('status').textContent = outcome
      ? `The build is ${outcome}${code ? `: ${code}` : ''}.`
      : `The build is ${status}.`;
    find('stop').disabled = status === 'ended' || status === 'failed';
  });
  output.onError(({ status }) => {
    if (status === 404) find('status').textContent = 'There is no such build any more.';
  });
  find('stop').addEventListener('click', () => fetch(url, { method: 'DELETE' }));
}
