/** Event names and the types of their data. `message` stands for messages without a name. */
export type AnyEvents = Record<string, unknown>;

/**
 * The names of a channel's events that can be published. `error` and `open` cannot: an EventSource
 * takes them for its own.
 */
export type EventName<Events> = Exclude<keyof Events & string, 'error' | 'open'>;
