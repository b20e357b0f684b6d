import { resolve } from 'node:path';
import { comet, createHub, longPoll, poll } from '@pushwire/express';
import express from 'express';

// Serves pages that were written for other servers as they are.

const app = express();
const hub = createHub({ log: (channel) => (channel === 'time' ? { count: 1 } : {}) });
const board = hub.channel('board');
const time = hub.channel('time');

setInterval(() => time.publish(Math.floor(Date.now() / 1000)), 1000).unref();

app.use('/pages', express.static(resolve(__dirname, '../old-pages')));

// #region timestamp
// A long poll. The page sends ?timestamp=N, 0 at first, and expects { msg, timestamp } with one message.
// It publishes by ?msg=.
app.get(
  '/backend',
  (request, response, next) => {
    if (typeof request.query.msg !== 'string') return next();
    board.publish(request.query.msg).then(() => response.status(204).end(), next);
  },
  longPoll(board, {
    parameter: 'timestamp',
    maxMessages: 1,
    envelope: ({ cursor, messages }) => ({ msg: messages[0]?.data ?? '', timestamp: cursor }),
  }),
);
// #endregion

// #region server-time
// An iframe. The page has comet.printServerTime(t), which expects the server's Unix time and nothing else.
app.get(
  '/server-time',
  (_request, response, next) => {
    response.set({ 'Cache-Control': 'no-cache, must-revalidate', Expires: 'Mon, 26 Jul 1997 05:00:00 GMT' });
    next();
  },
  comet(time, {
    callback: 'comet.printServerTime',
    map: ({ event, data }) => (event === undefined ? data : undefined),
  }),
);
// #endregion

// #region every-3-seconds
// A request every 3 seconds. The page expects [cursor, messages], and sends the cursor back as ?since=.
app.get(
  '/every-3-seconds',
  poll(board, { parameter: 'since', envelope: ({ cursor, messages }) => [cursor, messages.map(({ data }) => data)] }),
);
// #endregion

// #region last-ten
// A request every 2 seconds, without any parameter. The page expects the last ten lines.
app.get('/last-ten', poll(board, { from: { last: 10 }, envelope: ({ messages }) => messages.map(({ data }) => data) }));
// #endregion

// #region subscribe
// A long poll, without any parameter. The page expects to be held until there is text, and takes 502 for a time-out.
app.get(
  '/subscribe',
  longPoll(board, {
    first: 'wait',
    wait: 4_000,
    emptyStatus: 502,
    contentType: 'text/plain; charset=utf-8',
    envelope: ({ messages }) => messages.map(({ data }) => data).join('\n'),
  }),
);
// #endregion

// A held poll counts as a connection, so this tells whether a page is waiting.
app.get('/connections', (_request, response) => {
  response.json(hub.stats().connections);
});

app.listen(process.env.PORT ?? 3000);
