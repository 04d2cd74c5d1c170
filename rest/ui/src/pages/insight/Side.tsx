import { useState } from 'preact/hooks';
import { deleteSaved, listSaved } from '../../api/query';
import type { SavedQuery, TableMeta } from '../../api/types';
import { count, counted, duration } from '../../lib/format';
import { ask } from '../../parts/Confirm';
import { IconButton, Search, Segmented } from '../../parts/controls';
import { Icon } from '../../parts/Icon';
import { Blank, Region } from '../../parts/region';
import { Age } from '../../parts/time';
import { client, useData, type Reading } from '../../state/data';
import { history } from './history';

type Tab = 'tables' | 'saved' | 'history';

export function Side({ tables, onOpen, onInsert }: {
  tables: Reading<TableMeta[]>;
  onOpen: (sql: string) => void;
  onInsert: (text: string) => void;
}) {
  const [tab, setTab] = useState<Tab>('tables');
  return (
    <aside class="insight-side" aria-label="Tables, saved queries and history">
      <div class="insight-head"><Segmented label="Show" value={tab} onChange={setTab} options={[['tables', 'Tables'], ['saved', 'Saved'], ['history', 'History']]} /></div>
      <div class="side-body">
        {tab === 'tables' && <Region of={tables}>{(all) => <Tables tables={all} onInsert={onInsert} onOpen={onOpen} />}</Region>}
        {tab === 'saved' && <Saved onOpen={onOpen} />}
        {tab === 'history' && <History onOpen={onOpen} />}
      </div>
    </aside>
  );
}

const SHORT: Record<string, string> = { TIMESTAMP: 'time', VARCHAR: 'text', INTEGER: 'int', SMALLINT: 'int', TINYINT: 'int', BIGINT: 'int', BOOLEAN: 'bool', DOUBLE: 'float', DECIMAL: 'dec', DATE: 'date' };

function Tables({ tables, onInsert, onOpen }: { tables: readonly TableMeta[]; onInsert: (text: string) => void; onOpen: (sql: string) => void }) {
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  if (tables.length === 0) return <Blank icon="box" title="No tables">A table appears when an enabled cube has a ready segment.</Blank>;
  return (
    <>
      <Search label="Filter columns" value={text} onInput={setText} width={216} />
      {tables.map((table) => {
        const name = table.table_NAME.toLowerCase();
        const columns = table.columns.filter((column) => `${name}.${column.column_NAME}`.toLowerCase().includes(wanted));
        return (
          <details key={name} open>
            <summary><b class="grow cut">{name}</b><span class="quiet num">{count(table.columns.length)}</span></summary>
            {wanted === '' && <button type="button" class="menu-item quiet" onClick={() => onOpen(`SELECT COUNT(*) AS messages\nFROM ${name}`)}><Icon name="play" />Count its rows</button>}
            <ul>
              {columns.map((column) => (
                <li key={column.column_NAME}>
                  <button type="button" class="menu-item" title={`${column.type_NAME}. Put into the query`} onClick={() => onInsert(column.column_NAME.toLowerCase())}>
                    <span class="grow cut">{column.column_NAME.toLowerCase()}</span><span class="quiet">{SHORT[column.type_NAME] ?? column.type_NAME.toLowerCase()}</span>
                  </button>
                </li>
              ))}
            </ul>
          </details>
        );
      })}
    </>
  );
}

function Saved({ onOpen }: { onOpen: (sql: string) => void }) {
  const saved = useData({ key: ['saved'], read: listSaved });
  const remove = (query: SavedQuery) =>
    ask({
      title: `Delete the saved query ${query.name}?`,
      body: <p>It is removed for everybody. Answers and history stay.</p>,
      action: 'Delete 1 query',
      run: async () => {
        await deleteSaved(query.id);
        await client.invalidateQueries({ queryKey: ['saved'] });
      },
    });
  return (
    <Region of={saved}>
      {(all) =>
        all.length === 0 ? <Blank icon="save" title="No saved queries">Save keeps the query in the editor on the server, under a name.</Blank> : (
          <ul>
            {all.map((query) => (
              <li key={query.id} class="row saved">
                <button type="button" class="menu-item grow" title={query.sql} onClick={() => onOpen(query.sql)}><span class="cut">{query.name}</span></button>
                <IconButton icon="trash" label={`Delete ${query.name}`} small onClick={() => remove(query)} />
              </li>
            ))}
          </ul>
        )
      }
    </Region>
  );
}

function History({ onOpen }: { onOpen: (sql: string) => void }) {
  const asked = history.value;
  if (asked.length === 0) return <Blank icon="history" title="Nothing asked yet">Queries of this browser are listed here; their answers are not kept.</Blank>;
  return (
    <>
      <div class="spread"><span class="quiet">{counted(asked.length, 'query', 'queries')}</span><button type="button" class="button plain small" onClick={() => {
        history.value = [];
      }}>Clear</button></div>
      <ul>
        {asked.map((one) => (
          <li key={one.at}>
            <button type="button" class="menu-item asked" title={one.sql} onClick={() => onOpen(one.sql)}>
              <span class="mono cut">{one.sql.replace(/\s+/g, ' ')}</span>
              <span class="quiet num"><Age at={one.at} />, {one.rows === null ? <span class="error-text">failed</span> : counted(one.rows, 'row')}, {duration(one.ms)}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
