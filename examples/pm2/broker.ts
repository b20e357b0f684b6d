// #region broker
import { startBroker } from '@pushwire/cluster';

const broker = startBroker({ path: process.env.BROKER ?? '/run/my-app/pushwire.sock' });
process.on('SIGINT', () => broker.close());
// #endregion
