/** Bytes that the app attaches to each request. */
export const attachedBytes = 112_000;
