import { spawnSync } from 'node:child_process';

/** Files that Node and the bench have open besides one socket for each client. */
const reserve = 100;

/**
 * How many files a process may have open. Node raises its own soft limit to the hard one when it starts, and children
 * inherit it, so what a child's shell says is what all processes of the bench have.
 */
export function fileLimit(): number {
  const said = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout.trim();
  return said === 'unlimited' ? Number.POSITIVE_INFINITY : Number(said);
}

/** @throws Error when so many clients cannot be open in one process. */
export function checkFileLimit(clients: number): void {
  const needed = clients + reserve;
  if (fileLimit() >= needed) return;
  throw new Error(
    `${clients} clients need ${needed} open files in the server and as many in this process, but the limit is ` +
      `${fileLimit()}: raise it with "ulimit -n ${needed}" or ask for fewer with --clients`,
  );
}
