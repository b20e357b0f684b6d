import { createHub, openStream, sse } from '@pushwire/express';
import express from 'express';

const app = express();

// #region channel
// Nothing but `data: …`, for pages that know no ids and no other events.
const prices = createHub().channel('prices');
app.get('/prices', sse(prices, { bare: true }));
// #endregion

// #region by-hand
const bare = { bare: { order: ['data', 'event', 'id', 'retry'], space: false }, transport: 'sse' } as const;

app.get('/old', async (request, response) => {
  const stream = await openStream(request, response, bare);
  stream.send('hello', { event: 'greeting', id: '1' }); // data:hello, event:greeting, id:1
  stream.write(': as it is\n\n');
});
// #endregion

app.listen(3000);
