import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Cube } from '../../api/types';
import { count, counted } from '../../lib/format';
import { writeJson } from '../../lib/json';
import { Copy, Segmented } from '../../parts/controls';
import { Blank } from '../../parts/region';

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function text(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'number' || typeof value === 'bigint') return count(value);
  if (Array.isArray(value)) return value.map(text).join(', ') || '-';
  return typeof value === 'object' ? writeJson(value) : String(value);
}

export function DefinitionTab({ cube }: { cube: Cube }) {
  const [view, setView] = useState<'table' | 'json'>('table');
  if (!cube.spec) return <Blank title="The server does not tell this cube's definition" />;
  const spec = fields(fields(cube.spec).cube ?? cube.spec);
  const model = fields(fields(cube.model_spec).model ?? cube.model_spec);
  const json = writeJson({ model, cube: spec }, 2);
  return (
    <>
      <div class="row">
        <Segmented label="Show as" value={view} onChange={setView} options={[['table', 'Tables'], ['json', 'JSON']]} />
        <Copy text={json} what="the definition" />
      </div>
      {view === 'json' ? <pre class="panel body-pad scroll-x" tabIndex={0} aria-label="Definition as JSON">{json}</pre> : <Tables spec={spec} model={model} />}
    </>
  );
}

function Panel({ title, note, children }: { title: string; note?: string; children: ComponentChildren }) {
  return (
    <section class="panel">
      <header><h2>{title}</h2>{note && <span class="quiet">{note}</span>}</header>
      {children}
    </section>
  );
}

function Tables({ spec, model }: { spec: Fields; model: Fields }) {
  const table = fields(model.table);
  const columns = list(table.columns).map(fields);
  const dimensions = list(spec.dimensions);
  const measures = list(spec.measures).map(fields);
  const groups = list(spec.aggregation_groups).map(fields);
  const event = fields(table.event_time ?? model.event_time);
  return (
    <div class="columns">
      <div class="stack" style={{ gap: 16 }}>
        <Panel title="Source">
          <dl class="facts body">
            {['topic', 'brokers', 'format'].map((key) => <Fact key={key} name={key} value={table[key]} />)}
            <Fact name="event time" value={`${text(event.column)}, ${text(event.format)}`} />
            <Fact name="model" value={model.name} />
            <Fact name="table" value={table.name} />
          </dl>
        </Panel>
        <Panel title="Columns" note={counted(columns.length, 'column')}>
          <Rows heads={['Name', 'Type', 'Path']} rows={columns.map((column) => [text(column.name), text(column.type), list(column.path).join('.')])} />
        </Panel>
        <Panel title="Build and storage">
          <dl class="facts body">
            {[...Object.entries(fields(spec.build)), ...Object.entries(fields(spec.storage))].map(([key, value]) => (
              <Fact key={key} name={key.replaceAll('_', ' ')} value={typeof value === 'object' && value !== null ? Object.entries(value).map(([name, one]) => `${name.replaceAll('_', ' ')} ${text(one)}`).join(', ') : value} />
            ))}
          </dl>
        </Panel>
      </div>
      <div class="stack" style={{ gap: 16 }}>
        <Panel title="Dimensions" note={counted(dimensions.length, 'dimension')}>
          <ul class="tags body">{dimensions.map((one) => <li key={text(one)}>{typeof one === 'object' ? text(fields(one).name ?? fields(one).column) : text(one)}</li>)}</ul>
        </Panel>
        <Panel title="Measures" note={counted(measures.length, 'measure')}>
          <Rows heads={['Name', 'Function', 'Column']} rows={measures.map((one) => [text(one.name), text(one.function), text(one.column)])} />
        </Panel>
        <Panel title="Aggregation groups" note={counted(groups.length, 'group')}>
          <Rows
            heads={['Includes', 'Mandatory', 'Hierarchies', 'Joint']}
            rows={groups.map((one) => [text(one.includes), text(one.mandatory), list(one.hierarchies).map(text).join('; ') || '-', list(one.joints).map(text).join('; ') || '-'])}
          />
        </Panel>
      </div>
    </div>
  );
}

const Fact = ({ name, value }: { name: string; value: unknown }) => <><dt>{name}</dt><dd>{text(value)}</dd></>;

function Rows({ heads, rows }: { heads: readonly string[]; rows: readonly (readonly string[])[] }) {
  return (
    <div class="scroll-x">
      <table class="table">
        <thead><tr>{heads.map((head) => <th key={head}>{head}</th>)}</tr></thead>
        <tbody>{rows.map((row, i) => <tr key={i}>{row.map((cell, at) => <td key={at} style={{ paddingBlock: 4 }} class={at === 0 ? '' : 'quiet'}>{cell}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}
