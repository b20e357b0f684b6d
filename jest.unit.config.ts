/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';
import all from './jest.config';

// `npm run test:unit`: the tests that need no other process and no browser. For the loop while you work; `npm test` runs
// everything.
const config: Config = {
  ...all,
  testMatch: [
    '<rootDir>/packages/*/test/**/*.test.ts',
    '<rootDir>/test/{architecture,authorize,client-shared,direct-writes,messages,middleware}.test.ts',
    '<rootDir>/test/faults/{epoch-history,fault-proxy,history,numbered}.test.ts',
    '<rootDir>/examples/**/*.test.ts',
  ],
  // Opens 100,000 channels, which takes longer than all the rest.
  testPathIgnorePatterns: ['/node_modules/', '/many-channels\\.test\\.ts$'],
  setupFiles: ['<rootDir>/test/kit/no-processes.ts'],
  reporters: ['default'],
  // Threads start faster than processes.
  workerThreads: true,
};

export default config;
