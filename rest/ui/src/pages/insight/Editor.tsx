import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'preact/hooks';
import type { TableMeta } from '../../api/types';

export interface EditorProps {
  /** Replaces the text whenever it is another object; what is typed comes back by `onChange` only. */
  readonly given: { readonly sql: string };
  readonly tables: readonly TableMeta[];
  onChange(value: string): void;
  onRun(): void;
  onSelect(text: string): void;
}

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '12.5px', backgroundColor: 'var(--bg)', color: 'var(--ink)' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '8px 0' },
  '&.cm-focused': { outline: 'none' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--bg)', color: 'var(--ink-muted)', border: 'none', paddingLeft: '4px' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--accent) 28%, transparent) !important',
  },
  '.cm-matchingBracket': { backgroundColor: 'var(--selected)', outline: '1px solid var(--line-control)' },
  '.cm-placeholder': { color: 'var(--ink-muted)' },
  '.cm-tooltip': { backgroundColor: 'var(--bg-raised)', border: '1px solid var(--line-control)', borderRadius: '4px', color: 'var(--ink)' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '12px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--ink-on-fill)' },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--syntax-keyword)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--syntax-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--syntax-number)' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: 'var(--ink-muted)', fontStyle: 'italic' },
  { tag: [tags.typeName, tags.function(tags.variableName)], color: 'var(--syntax-function)' },
]);

const schemaOf = (tables: readonly TableMeta[]) =>
  Object.fromEntries(tables.map((table) => [table.table_NAME.toLowerCase(), table.columns.map((column) => column.column_NAME.toLowerCase())]));

const language = (tables: readonly TableMeta[]) =>
  sql({ dialect: PostgreSQL, schema: schemaOf(tables), upperCaseKeywords: true, ...(tables.length === 1 && { defaultTable: tables[0]!.table_NAME.toLowerCase() }) });

export function Editor(props: EditorProps) {
  const root = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>();
  const dialect = useRef(new Compartment());
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const run = () => {
      latest.current.onRun();
      return true;
    };
    const editor = new EditorView({
      parent: root.current!,
      state: EditorState.create({
        doc: props.given.sql,
        extensions: [
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
          lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(), autocompletion(),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          dialect.current.of(language(props.tables)),
          syntaxHighlighting(colours), look, EditorView.lineWrapping, placeholder('SELECT …'),
          EditorView.contentAttributes.of({ 'aria-label': 'SQL', spellcheck: 'false' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
            if (update.selectionSet || update.docChanged) {
              const { from, to } = update.state.selection.main;
              latest.current.onSelect(update.state.sliceDoc(from, to));
            }
          }),
        ],
      }),
    });
    view.current = editor;
    const insert = (event: Event) => {
      const text = (event as CustomEvent<string>).detail;
      editor.dispatch(editor.state.replaceSelection(text));
      editor.focus();
    };
    document.addEventListener('kirin-insert', insert);
    return () => {
      document.removeEventListener('kirin-insert', insert);
      editor.destroy();
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === props.given.sql) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.given.sql } });
  }, [props.given]);
  useEffect(() => {
    view.current?.dispatch({ effects: dialect.current.reconfigure(language(props.tables)) });
  }, [props.tables]);

  return <div ref={root} class="editor" />;
}
