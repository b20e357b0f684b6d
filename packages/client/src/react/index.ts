export { type Channel, type UseChannelOptions, useChannel } from './use-channel.js';
