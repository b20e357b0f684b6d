import { text } from 'node:stream/consumers';
import Router from '@koa/router';
import { createHub, sse } from '@pushwire/koa';
import Koa from 'koa';

const app = new Koa();
const router = new Router();
const news = createHub().channel('news');

router.get('/news', sse(news));
router.post('/news', async (ctx) => {
  ctx.status = 202;
  ctx.body = { id: await news.publish(await text(ctx.req)) };
});
router.get('/', (ctx) => {
  ctx.body = `<h1>News</h1><ul id="list"></ul><script>
    new EventSource('/news?cursor=0').onmessage = ({ data }) => {
      list.append(Object.assign(document.createElement('li'), { textContent: data }));
    };
  </script>`;
});
app.use(router.routes());
app.listen(process.env.PORT ?? 3000);
