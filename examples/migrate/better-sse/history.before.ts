import { createChannel, createSession } from 'better-sse';
import express from 'express';

const app = express();
const news = createChannel();
const history: { id: string; headline: unknown }[] = [];
let lastId = 0;

// A client that comes back gets the headlines that it missed, and a new one gets all that are kept.
app.get('/news', async (request, response) => {
  const session = await createSession(request, response);
  const missed = history.slice(history.findIndex(({ id }) => id === session.lastId) + 1);
  for (const { id, headline } of missed) session.push(headline, 'headline', id);
  news.register(session);
});

app.post('/news', express.json(), (request, response) => {
  const id = String(++lastId);
  history.push({ id, headline: request.body });
  if (history.length > 1000) history.shift();
  news.broadcast(request.body, 'headline', { eventId: id });
  response.status(202).json({ id });
});

export const server = app.listen(process.env.PORT ?? 3000);
