// Limits that end what hangs, in ms. They say nothing of speed: a machine that is ten times slower than
// ours must not reach them.

/** In which something that a test waits for comes. */
export const waitLimit = 120_000;

/** In which a command ends. */
export const commandLimit = 240_000;

/** In which a test or a hook ends. It is the longest, since the errors of the others say more. */
export const testLimit = 300_000;

/** In which packages are installed. A hook that installs has twice as long. */
export const installLimit = 600_000;
