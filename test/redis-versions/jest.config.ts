/** @jest-config-loader esbuild-register */
import { resolve } from 'node:path';
import type { Config } from 'jest';
import all from '../../jest.config';

// The suites of slots, failover and reconnecting, with another version of a Redis client:
// npm run redis:versions.

const { PUSHWIRE_CLIENT = '', PUSHWIRE_CLIENT_PATH = '', PUSHWIRE_WITHOUT = '' } = process.env;

const config: Config = {
  ...all,
  rootDir: resolve(__dirname, '../..'),
  testMatch: [
    '<rootDir>/test/backplanes/{dead-master,redis,redis-health,sentinel,slot-moves}.test.ts',
    '<rootDir>/packages/redis/test/clients/*.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/', ...(PUSHWIRE_WITHOUT ? [PUSHWIRE_WITHOUT] : [])],
  moduleNameMapper: { ...all.moduleNameMapper, [`^${PUSHWIRE_CLIENT}$`]: PUSHWIRE_CLIENT_PATH },
  reporters: ['default'],
  // Some versions leave something open.
  forceExit: true,
};

export default config;
