import type { Position } from '@pushwire/core/backplanes';

/** The place that a reader asks for: the stream's beginning, its tail, or after an offset. */
export type Place = 'beginning' | 'now' | Position;

/** The digits of the greatest safe integer, so that offsets sort as texts. */
const digits = 16;

/** An epoch has up to 16 letters, digits, `-` and `_`, so the last `_` separates. */
const pattern = /^([\w-]{1,16})_(\d{16})$/;

/** Formats a position as an offset of the protocol. Offsets of one stream sort as texts. */
export function formatOffset({ epoch, offset }: Position): string {
  return `${epoch}_${String(offset).padStart(digits, '0')}`;
}

/** @returns `undefined` for a text that is no offset. */
export function parsePlace(text: string): Place | undefined {
  if (text === '-1') return 'beginning';
  if (text === 'now') return 'now';
  const [, epoch, number] = pattern.exec(text) ?? [];
  const offset = Number(number);
  return epoch !== undefined && Number.isSafeInteger(offset) ? { epoch, offset } : undefined;
}
