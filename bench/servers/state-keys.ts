import type { SampleEvent } from '../sample-event';

/** The keys of the bench's state. */
export const keys = 1000;

/** Events set the keys in turn. */
export const keyOf = ({ sequence }: Pick<SampleEvent, 'sequence'>): string =>
  `key-${String(sequence % keys).padStart(4, '0')}`;
