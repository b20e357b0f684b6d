import { createHub, sse } from '@pushwire/express';
import express from 'express';

const app = express();
export const hub = createHub();
const news = hub.channel('news');

// A new client gets the newest headlines first.
app.get('/news', sse(news, { from: { last: 3 } }));

app.post('/news', express.json(), async (request, response) => {
  await news.publish(request.body, { event: 'headline' });
  response.sendStatus(202);
});

export const server = app.listen(process.env.PORT ?? 3000);
