/** Everything that is measured: the file in `servers/`, and what it is called in tables. */
export const variants = {
  'bare-buffer': 'bare http, one shared Buffer to res.socket',
  'express-write': 'Express 5, plain res.write loop',
  'pushwire-express': 'pushwire on Express 5',
  'pushwire-koa': 'pushwire on Koa 3',
  'sse-channel': 'sse-channel on Express 5',
  'better-sse': 'better-sse on Express 5',
} as const;

export type Variant = keyof typeof variants;

export const variantNames = Object.keys(variants) as Variant[];

/** Those that the others are compared with, in the same round. */
export const plainLoop: Variant = 'express-write';
export const floor: Variant = 'bare-buffer';
