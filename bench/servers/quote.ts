import type { SampleEvent } from '../sample-event';

/** Makes an event of about 170 bytes as JSON, with fields that repeat as those of real ones do. */
export function quoteOf(event: SampleEvent): object {
  const { sequence } = event;
  return { ...event, size: 100 + ((sequence * 37) % 900), venue: 'XNAS', currency: 'USD', condition: 'regular' };
}
