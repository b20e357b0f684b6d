import { createHub } from '@pushwire/express';

// #region history
const hub = createHub({
  log: (channel) => (channel.startsWith('price:') ? { count: 1 } : { count: 500, age: 3_600_000 }),
  heartbeat: 15_000,
});
// #endregion

hub.channel('price:gold').publish(2650.1);
