export type { BackplaneFactory } from '@pushwire/core/backplanes';
export type { IoRedisClient } from './clients/ioredis';
export type { NodeRedisClient } from './clients/node-redis';
export type { RedisClient } from './clients/redis-client';
export type { RedisBackplaneOptions } from './options';
export { redisBackplane } from './redis-backplane';
