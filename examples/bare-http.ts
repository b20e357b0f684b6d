import { createServer } from 'node:http';
import { createHub, servePush } from '@pushwire/core';

const news = createHub().channel('news');
const serveNews = servePush(news);

const server = createServer((request, response) => {
  // Rejects with whatever the source threw before the first byte.
  serveNews(request, response, request).catch(() => response.writeHead(500).end());
});
server.listen(process.env.PORT ?? 3000);
setInterval(() => news.publish({ time: new Date() }), 1000).unref();
