import { existsSync, readFileSync } from 'node:fs';

/**
 * Returns the user and system time of a single-threaded process in µs. It comes from the
 * scheduler's clock or, where that is missing, from `stat`, which counts hundredths of a second.
 */
export function cpuMicrosOf(pid: number): number {
  const schedule = `/proc/${pid}/schedstat`;
  if (existsSync(schedule)) return Number(readFileSync(schedule, 'utf8').split(' ')[0]) / 1000;
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the program's name, which may be any text, utime and stime are fields 12 and 13, proc(5).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Returns the bytes of memory that a process uses. */
export function residentBytesOf(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}
