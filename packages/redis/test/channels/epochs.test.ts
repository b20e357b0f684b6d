import { Epochs } from '../../src/channels/epochs';

describe('epochs', () => {
  it('are short, fit into a cursor, and differ, however many are drawn together', () => {
    const epochs = new Epochs();
    const given = Array.from({ length: 1000 }, () => epochs.next());
    expect(new Set(given).size).toBe(1000);
    for (const epoch of given) expect(epoch).toMatch(/^[\w-]{8}$/);
  });
});
