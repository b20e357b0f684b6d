import { createHub, sse } from '@pushwire/express';
import express from 'express';

const app = express();
export const hub = createHub();
const prices = new Map([['apple', 3]]);
const changes = hub.channel('prices');
// A new client gets the state first, and then what changes.
const initial = () => ({ data: { prices: Object.fromEntries(prices) } });

app.get('/prices', sse(changes, { initial }));

app.put('/prices/:fruit', express.json(), async (request, response) => {
  prices.set(request.params.fruit, request.body.price);
  await changes.publish({ fruit: request.params.fruit, price: request.body.price }, { event: 'change' });
  response.sendStatus(204);
});

export const server = app.listen(process.env.PORT ?? 3000);
