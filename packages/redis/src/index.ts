export type { RedisClient } from './clients/links-of';
export type { RedisBackplaneOptions } from './options';
export { redisBackplane } from './redis-backplane';
