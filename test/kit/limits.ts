// Limits that end what hangs, in ms. They say nothing of speed: a machine that is ten times slower than
// ours must not reach them.

/** Something that a test waits for comes within this time. */
export const waitLimit = 120_000;

/** A command ends within this time. */
export const commandLimit = 240_000;

/** A test or a hook ends within this time. It is longer than the two above, whose errors say more. */
export const testLimit = 300_000;

/** An installation ends within this time. A hook that installs has twice as long. */
export const installLimit = 600_000;
