import type { Outcome } from '../../src/log/outcome';
import { closeTextOf } from '../../src/web-socket/close-text';

const textOf = (outcome: Outcome) => closeTextOf('ended', outcome);
const stoppedFor = (reason: string) => textOf({ outcome: 'stopped', reason });

describe('the text of a close frame', () => {
  it('is the reason, or how a run has ended', () => {
    expect(closeTextOf('draining', undefined)).toBe('draining');
    expect(textOf({ outcome: 'completed' })).toBe('completed');
    expect(textOf({ outcome: 'failed', code: 'run-too-large' })).toBe('failed: run-too-large');
    expect(textOf({ outcome: 'lost' })).toBe('lost');
    expect(stoppedFor('by the user')).toBe('stopped: by the user');
    expect([stoppedFor(''), textOf({ outcome: 'stopped' })]).toEqual(['stopped', 'stopped']);
  });

  it.each([
    ['a', 'a'.repeat(114)],
    ['é', 'é'.repeat(57)],
    ['€', '€'.repeat(38)],
    ['😀', '😀'.repeat(28)],
  ])('has at most 123 bytes, and no part of a character: %s', (character, kept) => {
    expect(stoppedFor(character.repeat(1000))).toBe(`stopped: ${kept}`);
    expect(stoppedFor(kept)).toBe(`stopped: ${kept}`);
    const code = 'x'.repeat(64);
    expect(textOf({ outcome: 'failed', code })).toBe(`failed: ${code}`);
  });

  it('is valid UTF-8, whatever the reason has', () => {
    expect(Buffer.from(stoppedFor('\ud800')).toString()).toBe('stopped: \ufffd');
  });
});
