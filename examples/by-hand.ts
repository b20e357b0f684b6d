import { setTimeout as pause } from 'node:timers/promises';
import { type OpenPoll, type OpenStream, openPoll, openStream } from '@pushwire/express';
import express from 'express';

const app = express();

// #region stream
app.get('/clock', async (request, response) => {
  const stream = await openStream(request, response);
  const timer = setInterval(() => stream.send({ now: Date.now() }, { event: 'tick' }), 1000);
  stream.closed.then(() => clearInterval(timer));
});
// #endregion

// #region session
app.get('/count', async (request, response) => {
  const stream = await openStream(request, response, { transport: 'sse', retry: 5000 });
  let count = Number(stream.lastEventId ?? 0);
  stream.comment('Counting begins.');
  stream.send({ from: count }, { event: 'welcome' });
  const timer = setInterval(() => {
    count++;
    stream.send(count, { event: 'count', id: String(count) });
  }, 100);
  stream.closed.then(() => clearInterval(timer));
});
// #endregion

// #region everyone
const streams = new Set<OpenStream>();
let initial: unknown[] = ['Welcome'];

app.get('/news', async (request, response) => {
  const stream = await openStream(request, response, { transport: 'sse' });
  for (const data of initial) stream.send(data);
  streams.add(stream);
  stream.closed.then(() => streams.delete(stream));
});

function send(data: unknown, event?: string, id?: string) {
  for (const stream of streams) stream.send(data, { event, id });
}
// #endregion

app.post('/news', express.text(), (request, response) => {
  initial = [...initial, request.body];
  send(request.body, 'news');
  response.sendStatus(204);
});

async function* rows() {
  for (let n = 1; n <= 1000; n++) {
    if (n % 100 === 0) await pause(1);
    yield { n, text: 'x'.repeat(1000) };
  }
}

// #region ready
app.get('/export', async (request, response) => {
  const stream = await openStream(request, response, { transport: 'ndjson' });
  for await (const row of rows()) {
    if (!stream.send(row)) await stream.ready();
    if (stream.reason) break;
  }
  stream.end();
});
// #endregion

// #region poll
const messages: { id: string; data: string }[] = [];
const waiting = new Set<OpenPoll>();

app.get('/messages', async (request, response) => {
  const poll = await openPoll(request, response, { wait: 20_000 });
  const unseen = messages.slice(Number(poll.lastEventId ?? 0));
  if (unseen.length > 0) return void poll.answer(unseen);
  waiting.add(poll);
  poll.closed.then(() => waiting.delete(poll));
});

app.post('/messages', express.text(), (request, response) => {
  const message = { id: String(messages.length + 1), data: request.body };
  messages.push(message);
  for (const poll of waiting) poll.answer(message);
  waiting.clear();
  response.sendStatus(204);
});
// #endregion

app.listen(process.env.PORT ?? 3000);
