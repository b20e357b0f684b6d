/** What a page asks to be done to its own connections, on whichever nodes they are. */
export interface Order {
  readonly act: 'cut' | 'stall';
  readonly visitor: string;
  /** One of its panels; all without it. */
  readonly panel?: string | undefined;
  /** For how long it is kept away or gets nothing. */
  readonly seconds: number;
}

/** Brings orders to those who carry them out. */
export interface Orders {
  give(order: Order): unknown;
  close(): unknown;
}

/** The orders of a process that is alone. */
export const ownOrders = (carryOut: (order: Order) => void): Orders => ({ give: carryOut, close: () => {} });
