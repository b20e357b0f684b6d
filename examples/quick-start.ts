import { createHub, sse } from '@pushwire/express';
import express from 'express';

const app = express();
const news = createHub().channel('news');

app.get('/news', sse(news));
app.post('/news', express.text({ type: '*/*' }), async (request, response) => {
  response.status(202).json({ id: await news.publish(request.body) });
});
app.get('/', (_request, response) => {
  response.send(`<h1>News</h1><ul id="list"></ul><script>
    new EventSource('/news?cursor=0').onmessage = ({ data }) => {
      list.append(Object.assign(document.createElement('li'), { textContent: data }));
    };
  </script>`);
});
app.listen(process.env.PORT ?? 3000);
