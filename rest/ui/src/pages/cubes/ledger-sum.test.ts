import { describe, expect, it } from 'vitest';
import type { Ledger, Partition } from '../../api/types';
import { difference, explained, ledgerCsv, reasons, withLag } from './ledger-sum';

const terms = { offsets: 10, rows: 6, filtered: 2, rejected: 1, absent: 1 };
const partition = (given: object) => ({ ...terms, partition: 0, filtered_reasons: {}, rejected_reasons: {}, check: 'ok', holes: 0, lag: 0, ...given });
const ledger = (...partitions: object[]): Ledger => ({ cube: 'c', totals: { ...terms, offsets: 20 }, partitions: partitions.map(partition), segments: [] });

describe('ledger', () => {
  it('adds up or says by how much not', () => {
    expect(difference(terms)).toBe(0);
    expect(difference({ ...terms, rows: 5 })).toBe(1);
  });

  it('knows what is not explained', () => {
    expect(explained(ledger({ holes: 5 }, { lag: 15, building: 2 }))).toEqual({ known: 20, all: 42, holes: 5, building: 2, lag: 15 });
    expect(explained(ledger({ lag: null })).lag).toBeNull();
    const partitions = [{ partition: 0, lag: 7 }] as unknown as Partition[];
    expect(explained(withLag(ledger({ lag: undefined }), partitions)).lag).toBe(7);
  });

  it('exports', () => {
    expect(ledgerCsv(ledger({ check: 'rows differ, by 1' }))).toBe(
      'partition,offsets,rows,filtered,rejected,absent,holes,lag,check\r\n0,10,6,2,1,1,0,0,"rows differ, by 1"\r\n',
    );
  });

  it('names reasons, the most frequent first', () => {
    expect(reasons({ wrong_type: 2, not_json: 4 })).toBe('4 not json, 2 wrong type');
  });
});
