import { createHub, message, PushwireError, sse } from '@pushwire/express';
import express from 'express';

const app = express();
const hub = createHub();

// #region publish
async function publishSome(): Promise<void> {
  const news = hub.channel('news');

  await news.publish('plain text'); // a string stays text
  await news.publish({ headline: 'It works' }); // a value is sent as JSON text
  await news.publish(Buffer.from([1, 2, 3])); // bytes are sent as base64, or as a binary frame
  await news.publish({ headline: 'It works' }, { event: 'headline' }); // a named event
  await news.publish(message({ headline: 'It works' }, { event: 'headline' })); // the same
}
// #endregion

// #region rejected
app.post('/news', express.json(), async (request, response) => {
  try {
    response.status(202).json({ id: await hub.channel('news').publish(request.body) });
  } catch (error) {
    if (error instanceof PushwireError && error.code === 'message-too-large') response.status(413).end();
    else throw error; // Express 5 passes it to the app's error handler; in Express 4, call next(error)
  }
});
// #endregion

// #region once
app.post('/orders', express.json(), async (request, response) => {
  const orders = hub.channel('orders');
  const id = await orders.publish(request.body, { idempotencyKey: request.get('Idempotency-Key') });
  response.status(202).json({ id }); // the same id for a request that was repeated
});
// #endregion

// #region all
async function ship(order: { id: number }): Promise<void> {
  const orders = hub.channel('orders');
  await orders.publishAll([
    message(order, { event: 'packed' }), //
    message(order, { event: 'shipped' }),
  ]);
}
// #endregion

// #region after
async function rename(name: string): Promise<void> {
  const board = hub.channel('board');
  const newest = await board.head();
  // Read the board here, and check that it may be renamed.
  await board.publish({ name }, { after: newest }); // rejects with `head-moved` if it has changed since
}
// #endregion

// #region last
async function build(steps: AsyncIterable<string>): Promise<void> {
  const log = hub.channel('build:7');
  for await (const line of steps) await log.publish(line);
  await log.end({ ok: true }, { event: 'result' });
}
// #endregion

app.get('/news', sse(hub.channel('news')));
app.post('/ship', express.json(), (request, response) => ship(request.body).then(() => response.status(204).end()));
app.post('/name', express.text(), (request, response) => rename(request.body).then(() => response.status(204).end()));
app.post('/build', (request, response) => build(request).then(() => response.status(204).end()));
app.listen(process.env.PORT ?? 3000, publishSome);
