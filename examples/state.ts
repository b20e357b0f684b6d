// A page that shows the newest values (prices, seats, cursors) and the people who are here.

import { createHub, push, type State } from '@pushwire/express';
import express from 'express';

const app = express();
// #region limits
const hub = createHub({
  // A quote that nobody renews for a minute is deleted. Each is told at most 30 times a second.
  state: (name) => (name === 'quotes' ? { age: 60_000, every: 33 } : {}),
});
// #endregion

// #region state
const seats = hub.state<{ user: string }>('seats');

app.get(
  '/seats',
  push(() => seats),
);

app.post('/seats/:seat', express.json(), async (request, response, next) => {
  try {
    // One of two that want the seat gets it: `null` means that it must be free.
    await seats.set(request.params.seat, { user: request.body.user }, { ifId: null });
    response.sendStatus(204);
  } catch (error) {
    // Any other error is not about the seat: Redis cannot be reached, say.
    if ((error as { code?: string }).code !== 'value-moved') return next(error);
    response.sendStatus(409);
  }
});

app.delete('/seats/:seat', async (request, response) => {
  await seats.delete(request.params.seat);
  response.sendStatus(204);
});
// #endregion

// #region patch
const devices = hub.state<{ on: boolean; level?: number }>('devices');

async function switchOff(device: string) {
  // Only these members change. `null` removes one.
  await devices.patch(device, { on: false, level: null });
}
// #endregion

// #region counter
async function increase(counters: State<number>, name: string) {
  for (;;) {
    const entry = await counters.get(name);
    try {
      return await counters.set(name, (entry?.value ?? 0) + 1, { ifId: entry?.id ?? null });
    } catch (error) {
      // Somebody else was faster: read it again.
      if ((error as { code?: string }).code !== 'value-moved') throw error;
    }
  }
}
// #endregion

// #region presence
interface Person {
  readonly name: string;
  readonly mood?: string;
}

const here = hub.presence<Person>('room');

// Whoever is connected to this route is present, under the id of the signed-in user.
app.get(
  '/room',
  push(() => hub.channel('room'), {
    presence: (request) => ({ channel: here, id: request.get('user') ?? 'guest', data: { name: 'Anna' } }),
  }),
);

// The members are a source of their own. A route may serve both: `push(() => here, { presence })`.
app.get(
  '/room/members',
  push(() => here),
);
// #endregion

// #region update
// A load balancer may send this to another process than the one that the user's pages are connected to.
app.post('/room/mood', express.json(), async (request, response) => {
  const isThere = await here.update(request.get('user') ?? 'guest', { name: 'Anna', mood: request.body.mood });
  response.sendStatus(isThere ? 204 : 404);
});
// #endregion

// #region join
// A player that the app plays itself. It is there as long as this process lives, or until it goes.
const leave = here.join('robot', { name: 'Robot' });
app.delete('/room/robot', (_request, response) => {
  leave();
  response.sendStatus(204);
});
// #endregion

// #region members
async function greet() {
  for (const { id, data } of await here.members()) console.log(id, data.name);
  console.log(await here.count());
}
// #endregion

app.post('/devices/:device/off', async (request, response) => {
  await switchOff(request.params.device);
  await increase(hub.state('visits'), request.params.device);
  await greet();
  response.sendStatus(204);
});
app.listen(3000);
