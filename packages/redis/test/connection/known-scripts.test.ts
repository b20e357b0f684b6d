import { KnownScripts } from '../../src/connection/known-scripts';
import { script } from '../../src/scripts/script';

const one = script('return 1');
const unknown = new Error('NOSCRIPT No matching script.');

function setUp() {
  const scripts = new KnownScripts();
  const sent: string[] = [];
  /** Answers are given at the end of the turn. */
  const run = (which = one, refusal?: Error) => {
    const ask = (how: string, error?: Error) => async () => {
      sent.push(how);
      await undefined;
      if (error) throw error;
      return 1;
    };
    return scripts.run(which, ask('hash', refusal), ask('whole'));
  };
  return { scripts, sent, run };
}

describe('known scripts', () => {
  it('are sent whole until one has run, and by their hash from then on', async () => {
    const { sent, run } = setUp();
    await Promise.all([run(), run()]);
    await run();
    await run(script('return 2'));
    expect(sent).toEqual(['whole', 'whole', 'hash', 'whole']);
  });

  it('are sent whole again where a server has forgotten them', async () => {
    const { sent, run } = setUp();
    await run();
    await expect(run(one, unknown)).resolves.toBe(1);
    expect(sent).toEqual(['whole', 'hash', 'whole']);
  });

  it('are sent once where they fail otherwise', async () => {
    const { sent, run } = setUp();
    await run();
    await expect(run(one, new Error('OOM'))).rejects.toThrow('OOM');
    expect(sent).toEqual(['whole', 'hash']);
  });
});
