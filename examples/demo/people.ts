/** A window of the page, as others see it. */
export interface Person {
  readonly name: string;
  /** The hue of its colour, in degrees. */
  readonly hue: number;
  /** The node that serves it. */
  readonly node: string;
}

const animals = [
  'Badger',
  'Beaver',
  'Crane',
  'Dormouse',
  'Falcon',
  'Gecko',
  'Heron',
  'Ibex',
  'Jackdaw',
  'Kestrel',
  'Lynx',
  'Marten',
  'Newt',
  'Otter',
  'Puffin',
  'Quail',
  'Robin',
  'Stoat',
  'Tern',
  'Wren',
];

/** Nobody signs in here, so names and colours are made of the ids that windows choose. */
export function personOf(id: string, node: string): Person {
  const hash = hashOf(id);
  const animal = animals[hash % animals.length] as string;
  return { name: `${animal} ${10 + (Math.floor(hash / animals.length) % 90)}`, hue: ((hash >>> 16) % 24) * 15, node };
}

function hashOf(text: string): number {
  let hash = 2_166_136_261;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
  return hash >>> 0;
}
