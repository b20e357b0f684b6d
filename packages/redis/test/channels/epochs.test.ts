import { Epochs } from '../../src/channels/epochs';

describe('epochs', () => {
  it('are eight URL-safe characters, and all different', () => {
    const epochs = new Epochs();
    const made = Array.from({ length: 1000 }, () => epochs.next());
    expect(new Set(made).size).toBe(1000);
    for (const epoch of made) expect(epoch).toMatch(/^[\w-]{8}$/);
  });
});
