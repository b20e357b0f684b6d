/** What Redis has done, by its own account. */
export interface CommandStats {
  /** Commands, with those that scripts call. */
  readonly commands: number;
  /** Scripts among them. */
  readonly scripts: number;
  /** µs in them, without reading requests and writing answers. */
  readonly micros: number;
}

/** Reads `INFO commandstats`. A script's time has that of the commands that it calls in it. */
export function readCommandStats(text: string): CommandStats {
  const lines = [...text.matchAll(/^cmdstat_(\S+?):calls=(\d+),usec=(\d+)/gm)].map(([, name, calls, usec]) => ({
    name: name as string,
    calls: Number(calls),
    micros: Number(usec),
  }));
  // What the bench asks itself.
  const others = lines.filter(({ name }) => !/^(info|config|client|ping)\b/.test(name));
  const scripts = others.filter(({ name }) => /^eval/.test(name));
  const sum = (of: typeof lines, key: 'calls' | 'micros') => of.reduce((total, one) => total + one[key], 0);
  const micros = sum(scripts.length > 0 ? scripts : others, 'micros');
  return { commands: sum(others, 'calls'), scripts: sum(scripts, 'calls'), micros };
}
