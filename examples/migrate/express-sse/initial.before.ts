import express from 'express';
import SSE from 'express-sse';

const app = express();
const prices = new Map([['apple', 3]]);
// A new client gets the state first, and then what changes.
const state = () => ({ prices: Object.fromEntries(prices) });
const changes = new SSE([state()]);

app.get('/prices', changes.init);

app.put('/prices/:fruit', express.json(), (request, response) => {
  prices.set(request.params.fruit, request.body.price);
  changes.updateInit([state()]);
  changes.send({ fruit: request.params.fruit, price: request.body.price }, 'change');
  response.sendStatus(204);
});

export const server = app.listen(process.env.PORT ?? 3000);
