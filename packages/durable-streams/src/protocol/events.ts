/** The fields of a `control` event. */
export interface Control {
  readonly streamNextOffset: string;
  readonly streamCursor?: string;
  readonly upToDate?: true;
  readonly streamClosed?: true;
}

/** Each of them ends a line on an event stream, so none of them may be in one. */
const lineEnd = /\r\n|\r|\n/;

export const heartbeat = ':\n\n';

export function dataEvent(text: string): string {
  const lines = text.split(lineEnd).map((line) => `data:${line}\n`);
  return `event: data\n${lines.join('')}\n`;
}

export function controlEvent(control: Control): string {
  return `event: control\ndata:${JSON.stringify(control)}\n\n`;
}
