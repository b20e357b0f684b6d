const form = document.querySelector('#cut');
const seconds = document.querySelector('#seconds');
const strip = document.querySelector('#strip');
const tally = document.querySelector('#tally');
const resumed = document.querySelector('#resumed');

/** How many pings the strip shows. */
const cells = 60;

/** The button that cuts the connection, and the account of what came of it. */
export function offerCutting(connection, client, ledger) {
  let back;
  let frame;
  strip.append(...Array.from({ length: cells }, () => document.createElement('i')));

  form.addEventListener('submit', async (submission) => {
    submission.preventDefault();
    const query = new URLSearchParams({ client, seconds: seconds.value });
    const response = await fetch(`/demo/cut?${query}`, { method: 'POST' }).catch(() => undefined);
    if (response?.ok) return;
    resumed.textContent = response ? (await response.json()).error : 'The server cannot be reached.';
  });

  connection.addEventListener('state', ({ detail }) => {
    if (detail === 'away') resumed.textContent = 'The connection is cut. The browser is on its way back …';
  });
  connection.addEventListener('back', ({ detail }) => {
    back = { away: detail.away, messages: 0, before: ledger.tally };
  });
  connection.addEventListener('message', ({ detail }) => {
    // Many may come at once: they are drawn once.
    if (frame === undefined)
      frame = requestAnimationFrame(() => {
        frame = undefined;
        showLedger(ledger);
      });
    if (back && detail.arrival === 'return') back.messages++;
  });
  connection.addEventListener('settled', () => {
    if (back) resumed.textContent = account(back, ledger.tally);
    back = undefined;
  });
  connection.addEventListener('gap', ({ detail }) => {
    if (back) back.gap = detail;
  });
}

/** Shows which numbers have come. */
function showLedger(ledger) {
  const newest = ledger.newest(cells);
  for (const [i, cell] of [...strip.children].entries()) {
    cell.dataset.kind = newest[i]?.kind ?? '';
  }
  const { first, last, seen, missing, twice } = ledger.tally;
  if (last === 0) return;
  tally.textContent = `Pings ${first} to ${last}: ${seen} came, ${missing} missing, ${twice} twice.`;
}

function account({ away, messages, before, gap }, now) {
  const lost = now.missing - before.missing;
  const twice = now.twice - before.twice;
  const came = messages === 1 ? '1 message' : `${messages} messages`;
  const loss = gap ? 'there is a gap, see the list of events' : `${lost} lost, ${twice} twice`;
  return `Away for ${(away / 1000).toFixed(1)} s. On return ${came} came at once: ${loss}.`;
}
