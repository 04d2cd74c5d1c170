import { useMemo } from 'preact/hooks';
import type { QueryAnswer } from '../../api/types';
import { Grid, type Column } from '../../parts/Grid';
import { Blank } from '../../parts/region';
import { isNumber } from './export';

type Row = { readonly index: number; readonly cells: readonly (string | null)[] };

/** Rows that are looked at to guess how wide a column has to be. */
const SAMPLE = 200;

export function ResultGrid({ answer }: { answer: QueryAnswer }) {
  const { columns, width } = useMemo(() => {
    const sample = answer.results.slice(0, SAMPLE);
    const widths = answer.columnMetas.map((column, i) => {
      const longest = sample.reduce((most, row) => Math.max(most, row[i]?.length ?? 4), column.label.length + 1);
      return Math.round(Math.min(420, Math.max(64, longest * 8.2 + 32)));
    });
    const numbers: Column<Row> = { key: 'row', head: '', width: '56px', align: 'right', cell: (row) => <span class="quiet">{row.index + 1}</span> };
    const data = answer.columnMetas.map((column, i): Column<Row> => ({
      key: `${i} ${column.label}`,
      head: column.label,
      width: `${widths[i]}px`,
      ...(isNumber(column.columnTypeName) && { align: 'right' as const }),
      title: typeWords(column),
      cell: (row) => {
        const cell = row.cells[i];
        return cell === null || cell === undefined ? <i class="quiet">null</i> : <span title={cell.length > 24 ? cell : undefined}>{cell}</span>;
      },
    }));
    return { columns: [numbers, ...data], width: 56 + widths.reduce((sum, one) => sum + one, 0) };
  }, [answer]);
  if (answer.results.length === 0) return <Blank icon="search" title="No rows">The query ran, and nothing matched.</Blank>;
  return (
    <Grid
      label="Result"
      columns={columns}
      count={answer.results.length}
      row={(index) => {
        const cells = answer.results[index];
        return cells && { index, cells };
      }}
      minWidth={width}
      hasTail
    />
  );
}

function typeWords({ columnTypeName: type, precision, scale }: { columnTypeName: string; precision: number; scale: number }): string {
  if (type === 'DECIMAL') return `${type}(${precision}, ${scale})`;
  return type === 'TIMESTAMP' ? `${type}, in UTC` : type;
}
