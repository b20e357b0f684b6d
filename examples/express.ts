import { createHub, sse } from '@pushwire/express';
import express from 'express';

const app = express();
const hub = createHub();
const news = hub.channel('news');

app.get('/news', sse(news));
app.post('/news', express.json(), async (request, response) => {
  response.status(202).json({ id: await news.publish(request.body, { event: 'headline' }) });
});
app.listen(process.env.PORT ?? 3000);
