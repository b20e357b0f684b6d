/** The work of Redis, by its own account. */
export interface CommandStats {
  /** Commands, including those that scripts call. */
  readonly commands: number;
  /** Scripts among them. */
  readonly scripts: number;
  /** Microseconds in commands, without reading requests and writing replies. */
  readonly micros: number;
}

/** Reads `INFO commandstats`. A script's time includes the commands that it calls. */
export function readCommandStats(text: string): CommandStats {
  const lines = [...text.matchAll(/^cmdstat_(\S+?):calls=(\d+),usec=(\d+)/gm)].map(([, name, calls, usec]) => ({
    name: name as string,
    calls: Number(calls),
    micros: Number(usec),
  }));
  // The bench's own commands don't count.
  const others = lines.filter(({ name }) => !/^(info|config|client|ping)\b/.test(name));
  const scripts = others.filter(({ name }) => /^eval/.test(name));
  const sum = (of: typeof lines, key: 'calls' | 'micros') => of.reduce((total, one) => total + one[key], 0);
  const micros = sum(scripts.length > 0 ? scripts : others, 'micros');
  return { commands: sum(others, 'calls'), scripts: sum(scripts, 'calls'), micros };
}
