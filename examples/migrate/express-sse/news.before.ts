import express from 'express';
import SSE from 'express-sse';

const app = express();
// A new client gets the newest headlines first.
const latest: unknown[] = [];
const news = new SSE([]);
let lastId = 0;

app.get('/news', news.init);

app.post('/news', express.json(), (request, response) => {
  latest.push(request.body);
  news.updateInit(latest.slice(-3));
  news.send(request.body, 'headline', ++lastId);
  response.sendStatus(202);
});

export const server = app.listen(process.env.PORT ?? 3000);
