import childProcess from 'node:child_process';

// A unit test that starts a process fails. It belongs to the suites that only `npm test` runs.
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const) {
  (childProcess[name] as unknown) = () => {
    throw new Error(`A unit test must not start a process (${name}). See jest.unit.config.ts.`);
  };
}
