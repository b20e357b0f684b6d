import { linesOf } from '../encoders/event-block';

/** Encodes a block that has nothing but data, in as many lines as its text has. */
export const dataBlock = (text: string): string => `${linesOf('data: ', text)}\n`;

/** Encodes a block whose data is a value as JSON text. */
export const jsonBlock = (value: object): string => dataBlock(JSON.stringify(value));
