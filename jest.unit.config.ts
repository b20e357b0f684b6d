/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';
import all from './jest.config';

// The tests that need no other process and no browser, for the loop while you work: `npm run
// test:unit`. `npm test` runs everything.
const config: Config = {
  ...all,
  testMatch: [
    '<rootDir>/packages/*/test/**/*.test.ts',
    '<rootDir>/test/{architecture,authorize,client-shared,direct-writes,messages,middleware,protocol,public-types}.test.ts',
    '<rootDir>/test/faults/{epoch-history,fault-proxy,history,numbered}.test.ts',
    '<rootDir>/examples/**/*.test.ts',
  ],
  // It opens 100000 channels, which takes longer than all the rest.
  testPathIgnorePatterns: ['/node_modules/', '/many-channels\\.test\\.ts$'],
  setupFiles: ['<rootDir>/test/kit/no-processes.ts'],
  reporters: ['default'],
  // Threads start faster than processes.
  workerThreads: true,
};

export default config;
