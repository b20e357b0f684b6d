/** @jest-config-loader esbuild-register */
import { availableParallelism } from 'node:os';
import type { Config } from 'jest';
import { testLimit } from './test/kit/limits';

const config: Config = {
  testMatch: ['<rootDir>/{packages/*/test,test,examples}/**/*.test.ts'],
  transform: { '^.+\\.[cm]?[jt]s$': ['@swc/jest', { jsc: { target: 'es2022' } }] },
  // These packages are published only as ES modules.
  transformIgnorePatterns: ['/node_modules/(?!(eventsource|eventsource-parser)/)'],
  moduleNameMapper: {
    // Sources that are also built as ES modules import by the names of the built files.
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@pushwire/([a-z-]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@pushwire/([a-z-]+)/([a-z-]+)$': '<rootDir>/packages/$1/src/$2/index.ts',
  },
  modulePathIgnorePatterns: ['/dist/'],
  reporters: ['default', ...['closing-line', 'slow-suites'].map((name) => `<rootDir>/test/kit/${name}-reporter.cjs`)],
  testSequencer: '<rootDir>/test/kit/longest-first.cjs',
  // By default jest leaves one core free, but the long suites wait for a part of their time.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  // Tests that wait for leases or networks wait at the same time, by `it.concurrent`. Each has a hub
  // of its own, since no `beforeEach` runs for them.
  maxConcurrency: 16,
  testTimeout: testLimit,
};

export default config;
