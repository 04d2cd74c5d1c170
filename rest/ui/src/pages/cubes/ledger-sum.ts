/** The law of the ledger: `offsets = rows + filtered + rejected + absent`. */
import type { Ledger, LedgerTerms, Partition } from '../../api/types';

export function difference(terms: LedgerTerms): number {
  return terms.offsets - (terms.rows + terms.filtered + terms.rejected + terms.absent);
}

/** Of all offsets from the cube's start to the tip, the share whose fate is known. */
export function explained(ledger: Ledger): { known: number; all: number; holes: number; building: number; lag: number | null } {
  const holes = ledger.partitions.reduce((sum, one) => sum + (one.holes ?? 0), 0);
  const lags = ledger.partitions.map((one) => one.lag);
  const lag = lags.some((one) => one === null || one === undefined) ? null : lags.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  const building = ledger.partitions.reduce((sum, one) => sum + (one.building ?? 0), 0);
  return { known: ledger.totals.offsets, all: ledger.totals.offsets + holes + building + (lag ?? 0), holes, building, lag };
}

const quoted = (value: string | number) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));

export function ledgerCsv(ledger: Ledger): string {
  const heads = ['partition', 'offsets', 'rows', 'filtered', 'rejected', 'absent', 'holes', 'lag', 'check'];
  const rows = ledger.partitions.map((one) => [
    one.partition, one.offsets, one.rows, one.filtered, one.rejected, one.absent, one.holes ?? '', one.lag ?? '', one.check,
  ]);
  return [heads, ...rows].map((row) => row.map(quoted).join(',')).join('\r\n') + '\r\n';
}

/** The ledger speaks of what was read; how much waits, the partitions say. */
export function withLag(ledger: Ledger, partitions: readonly Partition[]): Ledger {
  const lagOf = (partition: number) => partitions.find((one) => one.partition === partition)?.lag ?? null;
  return { ...ledger, partitions: ledger.partitions.map((one) => ({ ...one, lag: one.lag ?? lagOf(one.partition) })) };
}

/** `4 not_json, 2 wrong_type` */
export function reasons(of: Readonly<Record<string, number>>): string {
  return Object.entries(of).sort((a, b) => b[1] - a[1]).map(([reason, number]) => `${number} ${reason.replaceAll('_', ' ')}`).join(', ');
}
