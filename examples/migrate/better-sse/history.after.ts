import { createHub, sse } from '@pushwire/express';
import express from 'express';

const app = express();
export const hub = createHub({ log: { count: 1000 } });
const news = hub.channel('news');

// A client that comes back gets the headlines that it missed, and a new one gets all that are kept.
app.get('/news', sse(news, { from: 'oldest' }));

app.post('/news', express.json(), async (request, response) => {
  const id = await news.publish(request.body, { event: 'headline' });
  response.status(202).json({ id });
});

export const server = app.listen(process.env.PORT ?? 3000);
