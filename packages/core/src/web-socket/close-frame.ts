import { misuse } from '../checks/errors';

/** @throws TypeError for a code that apps must not use (RFC 6455, 7.4.2), or a reason too long for a close frame. */
export function checkClose(code: number, reason: string): void {
  const isCode = code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999);
  if (!isCode) throw misuse('close code', '1000, or an integer from 3000 to 4999', code);
  if (Buffer.byteLength(reason) > 123) throw misuse('close reason', 'a string of at most 123 bytes', reason);
}
