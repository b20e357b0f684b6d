import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeCodes, firstAppCloseCode } from '@pushwire/client';
import { type CloseReasonInfo, closeReasons } from '@pushwire/core';

// The tables of close codes and close reasons in PROTOCOL.md say what the code says.

const protocol = readFileSync(join(__dirname, '..', 'PROTOCOL.md'), 'utf8');
const reasons: Record<string, CloseReasonInfo> = closeReasons;

type Row = Readonly<Record<string, string>>;

/** The rows of the table in a section, as cells by the names of their columns. */
function rowsOf(heading: string): readonly Row[] {
  const [, after = ''] = protocol.split(`\n${heading}\n`);
  const [section = ''] = after.split(/^#/m);
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  const [names = [], , ...rows] = lines.map(cellsOf);
  return rows.map((cells) => Object.fromEntries(names.map((name, i) => [name, cells[i] ?? ''])));
}

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

const namesIn = (cell = '') => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);

describe('the close codes of PROTOCOL.md, section 8.5', () => {
  const rows = rowsOf('### 8.5 Life and end');
  const codesOf = (row: Row) => (row['close code'] ?? '').split(', ');

  it('are those that the client exports', () => {
    const codes = [...Object.values(closeCodes).map(String), `${firstAppCloseCode}–4999`];
    expect(rows.flatMap(codesOf)).toEqual(codes);
  });

  it('have the reasons for which the server closes with them', () => {
    const listed = rows.flatMap((row) => namesIn(row.reason).map((reason) => [reason, codesOf(row)]));
    const used = Object.entries(reasons).flatMap(([reason, { closeCode }]) =>
      closeCode === undefined ? [] : [[reason, [String(closeCode)]]],
    );
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(used));
  });

  it('say what the reasons say about reconnecting', () => {
    for (const row of rows) {
      for (const reason of namesIn(row.reason)) {
        expect([reason, row.reconnect]).toEqual([reason, reasons[reason]?.reconnect ? 'yes' : 'no']);
      }
    }
  });
});

describe('the close reasons of PROTOCOL.md, section 12', () => {
  const rows = rowsOf('## 12. Close reasons');

  it('are all reasons of the core, with their close codes', () => {
    const listed = rows.map((row) => [namesIn(row.reason)[0], row['close code'], row['client comes back']]);
    const own = Object.entries(reasons).map(([reason, { closeCode = '–', reconnect }]) => [
      reason,
      String(closeCode),
      reconnect ? 'yes' : 'no',
    ]);
    expect(listed).toEqual(own);
  });

  it('are those of section 4.2 where pushwire:retry tells them', () => {
    const [, sentence = ''] = /^- The `reason` of `pushwire:retry` is ([^;]*);/m.exec(protocol) ?? [];
    const told = rows.filter((row) => row['`pushwire:retry`'] === 'yes').flatMap((row) => namesIn(row.reason));
    expect(namesIn(sentence).sort()).toEqual(told.sort());
  });
});
