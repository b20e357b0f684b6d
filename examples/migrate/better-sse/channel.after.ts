import { createHub, sse } from '@pushwire/express';
import express from 'express';

const app = express();
export const hub = createHub();
const news = hub.channel('news');
const drafts = hub.channel('drafts');

// Everyone sees how many are watching.
let viewers = 0;
const count = (by: number) => news.publish({ viewers: (viewers += by) }, { event: 'viewers' });

app.get(
  '/news',
  // Only editors get drafts.
  sse((request) => (request.query.role === 'editor' ? [news, drafts] : news), {
    onOpen: () => count(1),
    onClose: () => count(-1),
  }),
);

app.post('/news', express.json(), async (request, response) => {
  await news.publish(request.body, { event: 'headline' });
  response.sendStatus(202);
});

app.post('/drafts', express.json(), async (request, response) => {
  await drafts.publish(request.body, { event: 'draft' });
  response.sendStatus(202);
});

export const server = app.listen(process.env.PORT ?? 3000);
