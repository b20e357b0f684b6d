import { createHub, push } from '@pushwire/express';
import express from 'express';

const app = express();
const hub = createHub({ log: (channel) => (channel.startsWith('typing:') ? { count: 1, lossy: true } : {}) });

// #region snapshot
const scores = new Map<string, number>();
const changes = hub.channel('scores');

// A page gets all scores first, and then each change.
app.get('/scores', push(changes, { initial: () => ({ event: 'scores', data: Object.fromEntries(scores) }) }));

app.post('/scores/:team', async (request, response) => {
  const { team } = request.params;
  const score = (scores.get(team) ?? 0) + 1;
  // The state changes first, so a snapshot has everything that was published before it.
  scores.set(team, score);
  await changes.publish({ team, score }, { event: 'score' });
  response.sendStatus(204);
});
// #endregion

// #region starts
// A page without a cursor gets the last 20 messages of the room, and then what comes.
app.get(
  '/rooms/:room',
  push((request) => hub.channel(`room:${request.params.room}`), { from: { last: 20 } }),
);
// #endregion

// #region several
// Each channel has a snapshot of its own. After a gap, only the channels that it is about are asked for.
app.get(
  '/lists/:a/:b',
  push(({ params }) => [hub.channel(`list:${params.a}`), hub.channel(`list:${params.b}`)], {
    initial: async function* (_request, { channels }) {
      for (const { name } of channels) yield { event: 'list', data: { name, items: await itemsOf(name) } };
    },
  }),
);
// #endregion

app.post('/rooms/:room', express.text(), async (request, response) => {
  response.json({ id: await hub.channel(`room:${request.params.room}`).publish(request.body) });
});

async function itemsOf(list: string): Promise<string[]> {
  return [`an item of ${list}`];
}

app.listen(process.env.PORT ?? 3000);
