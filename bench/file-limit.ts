import { spawnSync } from 'node:child_process';

/** Files that Node and the bench have open besides one socket for each client. */
const reserve = 100;

/**
 * Node raises its own soft limit to the hard one when it starts, and children inherit it, so what a child's shell says is
 * what both processes have.
 *
 * @throws Error when so many clients cannot be open in one process.
 */
export function checkFileLimit(clients: number): void {
  const said = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout.trim();
  const limit = said === 'unlimited' ? Number.POSITIVE_INFINITY : Number(said);
  const needed = clients + reserve;
  if (limit >= needed) return;
  throw new Error(
    `${clients} clients need ${needed} open files in the server and as many in this process, but the limit is ${said}: ` +
      `raise it with "ulimit -n ${needed}" or ask for fewer with --clients`,
  );
}
