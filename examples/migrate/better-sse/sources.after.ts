import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { message, sse } from '@pushwire/express';
import express from 'express';

const app = express();

async function* countdown() {
  for (let count = 3; count > 0; count--) yield message({ count }, { event: 'count' });
}

app.get('/countdown', sse(countdown));

app.get(
  '/lines',
  sse(async function* () {
    const lines = createInterface(createReadStream(__filename));
    for await (const line of lines) yield { event: 'line', data: line };
  }),
);

export const server = app.listen(process.env.PORT ?? 3000);
