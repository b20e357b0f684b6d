import { createChannel, createSession } from 'better-sse';
import express from 'express';

const app = express();
const news = createChannel<{ viewers: number }, { isEditor: boolean }>();

// Everyone sees how many are watching.
const tellViewers = () => void news.broadcast({ viewers: news.sessionCount }, 'viewers');
news.on('session-registered', tellViewers);
news.on('session-deregistered', tellViewers);

app.get('/news', async (request, response) => {
  const isEditor = request.query.role === 'editor';
  const session = await createSession(request, response, { state: { isEditor } });
  news.register(session);
});

app.post('/news', express.json(), (request, response) => {
  news.broadcast(request.body, 'headline');
  response.sendStatus(202);
});

// Only editors get drafts.
app.post('/drafts', express.json(), (request, response) => {
  news.broadcast(request.body, 'draft', { filter: ({ state }) => state.isEditor });
  response.sendStatus(202);
});

export const server = app.listen(process.env.PORT ?? 3000);
