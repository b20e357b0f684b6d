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

app.get('/news', sse(hub.channel('news')));
app.listen(process.env.PORT ?? 3000, publishSome);
