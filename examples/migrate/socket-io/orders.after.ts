import { AnswerError, acceptUpgrades, createHub, push } from '@pushwire/express';
import express from 'express';

const app = express();
export const hub = createHub();
const stock = hub.channel('stock');
let left = 10;

// The client that orders gets an answer. Everyone sees the stock.
function onMessage(json: string | Buffer) {
  const { amount } = JSON.parse(String(json));
  if (amount > left) throw new AnswerError('sold-out', `${left} are left.`);
  left -= amount;
  stock.publish({ left }, { event: 'stock' });
  return { ordered: amount };
}

app.all('/orders', push(stock, { webSocket: { onMessage } }));

export const server = app.listen(process.env.PORT ?? 3000);
acceptUpgrades(server, app);
