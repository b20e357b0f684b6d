import { spawnSync } from 'node:child_process';

/** Files that Node and the bench have open besides the clients' sockets. */
const reserve = 100;

/**
 * Returns the number of files that a process may open. Node raises its soft limit to the hard one,
 * and children inherit it, so a child's shell tells the limit of all processes of the bench.
 */
export function fileLimit(): number {
  const said = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout.trim();
  return said === 'unlimited' ? Number.POSITIVE_INFINITY : Number(said);
}

/** @throws {Error} when one process cannot have so many clients open. */
export function checkFileLimit(clients: number): void {
  const needed = clients + reserve;
  if (fileLimit() >= needed) return;
  throw new Error(
    `${clients} clients need ${needed} open files in the server and as many in this process, but the limit is ` +
      `${fileLimit()}. Raise it with "ulimit -n ${needed}" or use fewer clients with --clients`,
  );
}
