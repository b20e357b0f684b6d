export { type Channel, useChannel } from './use-channel.js';
