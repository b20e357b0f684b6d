import { existsSync, readFileSync } from 'node:fs';

/**
 * User and system time of a process of one thread since it began, in µs: from the scheduler's own clock, and where that is
 * not told, from `stat`, which counts in hundredths of a second.
 */
export function cpuMicrosOf(pid: number): number {
  const schedule = `/proc/${pid}/schedstat`;
  if (existsSync(schedule)) return Number(readFileSync(schedule, 'utf8').split(' ')[0]) / 1000;
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the program's name, which may hold anything, utime and stime are the twelfth and the thirteenth (proc(5)).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Bytes of memory that a process has in use. */
export function residentBytesOf(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}
