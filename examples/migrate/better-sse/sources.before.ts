import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createSession } from 'better-sse';
import express from 'express';

const app = express();

async function* countdown() {
  for (let count = 3; count > 0; count--) yield { count };
}

app.get('/countdown', async (request, response) => {
  const session = await createSession(request, response);
  await session.iterate(countdown(), { eventName: 'count' });
  session.push('', 'end');
  response.end();
});

app.get('/lines', async (request, response) => {
  const session = await createSession(request, response, { serializer: String });
  await session.iterate(createInterface(createReadStream(__filename)), { eventName: 'line' });
  session.push('', 'end');
  response.end();
});

export const server = app.listen(process.env.PORT ?? 3000);
