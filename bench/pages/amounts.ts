const missing = 'not measured';

/** Formats a number with two significant digits, or with all digits before its point. */
function short(value: number): string {
  if (value >= 100) return Math.round(Number(value.toPrecision(2))).toLocaleString('en');
  return String(Number(value.toPrecision(2)));
}

/** Formats a number with what follows it. */
export function amount(value: number, unit: string): string {
  return Number.isNaN(value) ? missing : `${short(value)} ${unit}`;
}

/** Formats a number without rounding it away, such as a count. */
export function whole(value: number): string {
  return Number.isNaN(value) ? missing : Math.round(value).toLocaleString('en');
}

/** Formats a rate per second with three significant digits. */
export function rate(value: number): string {
  if (Number.isNaN(value)) return missing;
  return `${Number(value.toPrecision(3)).toLocaleString('en')}/s`;
}

export const micros = (value: number): string => amount(value, 'µs');

/** Formats a share of a core. */
export const share = (value: number): string => amount(value * 100, '%');

/** Formats bytes of memory. */
export function memory(bytes: number): string {
  if (bytes < 1024) return `${whole(bytes)} B`;
  if (bytes < 1024 ** 2) return amount(bytes / 1024, 'KiB');
  return bytes < 1024 ** 3 ? amount(bytes / 1024 ** 2, 'MiB') : amount(bytes / 1024 ** 3, 'GiB');
}

/** Formats bytes a second on a network. */
export function traffic(bytesPerSecond: number): string {
  const bits = bytesPerSecond * 8;
  return bits < 1e9 ? amount(bits / 1e6, 'Mbit/s') : amount(bits / 1e9, 'Gbit/s');
}

/** Formats bytes of a wire. */
export function volume(bytes: number): string {
  if (bytes < 1e6) return `${whole(bytes)} B`;
  return bytes < 1e12 ? amount(bytes / 1e6, 'MB') : amount(bytes / 1e12, 'TB');
}
