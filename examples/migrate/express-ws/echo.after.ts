import { acceptUpgrades, createHub, openStream } from '@pushwire/express';
import express from 'express';

const app = express();
export const hub = createHub();

// Text comes back in capitals, bytes come back as they are.
const capitals = (data: string | Buffer) => (typeof data === 'string' ? data.toUpperCase() : data);
app.get('/echo', (request, response) =>
  openStream(request, response, { hub, webSocket: { onMessage: (data, client) => client.send(capitals(data)) } }),
);

app.post('/goodbye', async (_request, response) => {
  await hub.close();
  response.sendStatus(204);
});

export const server = app.listen(process.env.PORT ?? 3000);
acceptUpgrades(server, app);
