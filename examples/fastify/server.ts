import { createHub } from '@pushwire/core';
import Fastify from 'fastify';
import { acceptUpgrades, push } from './adapter';

const app = Fastify();
const hub = createHub();
const news = hub.channel('news');

app.get('/news', push(news));
app.post('/news', async (request, reply) => {
  reply.code(202).send({ id: await news.publish(request.body, { event: 'headline' }) });
});
acceptUpgrades(app);
app.addHook('preClose', () => hub.close());
app.listen({ port: Number(process.env.PORT ?? 3000) });
