// The query line with colours and completion, by CodeMirror; loaded after the page stands.
import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeCompletion,
  completionKeymap,
  completionStatus,
  startCompletion,
} from '@codemirror/autocomplete';
import { history, historyKeymap } from '@codemirror/commands';
import { EditorState, Prec } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  keymap,
  placeholder,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';
import { type ReactElement, useEffect, useLayoutEffect, useRef } from 'react';
import { getJson } from '../../api/client.ts';
import type { Field, Values } from '../../api/types.ts';
import { cspNonce } from '../../design/nonce.ts';
import { partsOf, quoteValue } from '../../design/query-text.ts';
import styles from './search.module.css';

export interface QueryEditorProps {
  readonly value: string;
  readonly fields: readonly Field[];
  readonly focused: boolean;
  readonly onChange: (text: string) => void;
  readonly onSubmit: (text: string) => void;
  readonly onLeave: () => void;
}

const LONGEST = 4096;

export default function QueryEditor({
  value,
  fields,
  focused,
  onChange,
  onSubmit,
  onLeave,
}: QueryEditorProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef({ fields, onChange, onSubmit, onLeave });
  latest.current = { fields, onChange, onSubmit, onLeave };
  const first = useRef({ value, focused });
  /** What was told from here and may yet come back as `value`, when more has been typed: that is no change from elsewhere. */
  const own = useRef([value]);

  // At once: it takes the place, and the focus, of a field that somebody may be typing into.
  useLayoutEffect(() => {
    const parent = box.current;
    if (!parent) return;
    /** Tab was pressed while it was being found out what to offer. */
    let accepting = false;
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        doc: first.current.value,
        selection: { anchor: first.current.value.length },
        extensions: [
          EditorView.cspNonce.of(cspNonce()),
          // One line, of a bounded length.
          EditorState.transactionFilter.of((transaction) => {
            if (!transaction.docChanged) return transaction;
            const text = transaction.newDoc.toString();
            if (!/[\r\n]/.test(text) && text.length <= LONGEST) return transaction;
            const line = text.replace(/[\r\n]+/g, ' ').slice(0, LONGEST);
            return [
              transaction,
              {
                changes: { from: 0, to: transaction.newDoc.length, insert: line },
                selection: { anchor: Math.min(line.length, transaction.newSelection.main.head) },
                sequential: true,
              },
            ];
          }),
          history(),
          drawSelection(),
          colours,
          placeholder('Search: op:v1.UpdateMonitor who:claude* status:>=400 "free text" since:24h'),
          autocompletion({
            override: [(context) => complete(context, latest.current.fields)],
            icons: false,
            closeOnBlur: true,
            activateOnTyping: true,
            defaultKeymap: false,
            // Who types fast means the first: a Tab that did nothing for a moment would take the focus away.
            interactionDelay: 0,
          }),
          Prec.highest(
            keymap.of([
              {
                key: 'Enter',
                run: (self) => (completionStatus(self.state) === 'active' && acceptCompletion(self)) || submit(self),
              },
              { key: 'Escape', run: (self) => closeCompletion(self) || leave() },
              {
                key: 'Tab',
                run(self) {
                  // Who types fast means what is about to be offered.
                  accepting = completionStatus(self.state) === 'pending';
                  return accepting || (completionStatus(self.state) === 'active' && acceptCompletion(self));
                },
              },
            ]),
          ),
          // One line needs no commands of its own: moving, selecting and deleting are the browser's.
          keymap.of([...completionKeymap, ...historyKeymap]),
          EditorView.contentAttributes.of({
            'aria-label': 'Search query',
            'aria-multiline': 'false',
            autocapitalize: 'off',
            autocorrect: 'off',
            spellcheck: 'false',
          }),
          EditorView.updateListener.of((update) => {
            if (accepting && completionStatus(update.state) !== 'pending') {
              accepting = false;
              // Not before this update has ended.
              queueMicrotask(() => acceptCompletion(update.view));
            }
            if (!update.docChanged) return;
            accepting = false;
            const text = update.state.doc.toString();
            own.current.push(text);
            latest.current.onChange(text);
          }),
        ],
      }),
    });
    function submit(self: EditorView): boolean {
      closeCompletion(self);
      latest.current.onSubmit(self.state.doc.toString());
      return true;
    }
    function leave(): boolean {
      latest.current.onLeave();
      return true;
    }
    view.current = editor;
    if (first.current.focused) editor.focus();
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const same = editor.state.doc.toString() === value;
    if (!same && own.current.includes(value)) return;
    if (!same)
      editor.dispatch({
        changes: { from: 0, to: editor.state.doc.length, insert: value },
        selection: { anchor: value.length },
      });
    own.current = [];
  }, [value]);
  return <div ref={box} className={styles.editor} data-query-editor />;
}

const MARKS = Object.fromEntries(
  ['field', 'colon', 'operator', 'value', 'text', 'quoted', 'keyword', 'negation', 'paren'].map((kind) => [
    kind,
    Decoration.mark({ class: `q-${kind}` }),
  ]),
);

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = decorated(view);
    }
    update(update: ViewUpdate): void {
      if (update.docChanged) this.decorations = decorated(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function decorated(view: EditorView): DecorationSet {
  const parts = partsOf(view.state.doc.toString());
  return Decoration.set(
    parts.flatMap(({ kind, from, to }) => {
      const { [kind]: mark } = MARKS;
      return mark ? [mark.range(from, to)] : [];
    }),
  );
}

/** Names of fields, and values of the field that the cursor is in. */
async function complete(context: CompletionContext, fields: readonly Field[]): Promise<CompletionResult | null> {
  const place = valuePlace(context, fields);
  if (place)
    return knownValues(place) ? completeKnown(context, fields) : offered(place, await askedValues(place, context));
  const word = context.matchBefore(/[A-Za-z-]+$/);
  if (!word && !context.explicit) return null;
  return {
    from: word ? word.from + (word.text.startsWith('-') ? 1 : 0) : context.pos,
    validFor: /^[A-Za-z-]*$/,
    options: fields.map((field) => ({
      label: field.name,
      detail: field.means,
      apply: (view, _completion, from, to) => {
        view.dispatch({
          changes: { from, to, insert: `${field.name}:` },
          selection: { anchor: from + field.name.length + 1 },
          userEvent: 'input.complete',
        });
        startCompletion(view);
      },
    })),
  };
}

/** Values that need not be asked for: what is offered follows what is typed at once, so that Enter and Tab mean what is seen. */
function completeKnown(context: CompletionContext, fields: readonly Field[]): CompletionResult | null {
  const place = valuePlace(context, fields);
  const result = place && offered(place, knownValues(place) ?? []);
  return result ? { ...result, update: (_result, _from, _to, next) => completeKnown(next, fields) } : null;
}

/** A value that is being typed, and of which field. */
interface ValuePlace {
  readonly field: Field | undefined;
  readonly typed: string;
  readonly from: number;
}

function valuePlace(context: CompletionContext, fields: readonly Field[]): ValuePlace | undefined {
  const before = context.state.doc.sliceString(0, context.pos);
  const [, name, typed = ''] = /(?:^|[\s(-])([A-Za-z-]+):(?:[<>]=?)?"?([^\s"()]*)$/.exec(before) ?? [];
  if (name === undefined) return undefined;
  const field = fields.find((each) => each.name === name.toLowerCase() || each.aliases?.includes(name.toLowerCase()));
  return { field, typed, from: context.pos - typed.length - (before.at(-typed.length - 1) === '"' ? 1 : 0) };
}

const offered = ({ from }: ValuePlace, values: readonly string[]): CompletionResult | null =>
  values.length === 0
    ? null
    : { from, options: values.map((label) => ({ label, apply: `${quoteValue(label)} ` })), filter: false };

const TIMES = ['15m', '1h', '4h', '24h', '7d', '30d', 'today', 'yesterday'];

/** Values that begin as what was typed; undefined when only the gateway knows them. */
function knownValues({ field, typed }: ValuePlace): readonly string[] | undefined {
  if (field?.type === 'time') return TIMES.filter((value) => value.startsWith(typed));
  if (field?.values) return field.values.filter((value) => value.startsWith(typed.toLowerCase()));
  return field?.type === 'keyword' || field?.type === 'saved' ? undefined : [];
}

async function askedValues({ field, typed }: ValuePlace, context: CompletionContext): Promise<readonly string[]> {
  const gone = new AbortController();
  context.addEventListener('abort', () => gone.abort(), { onDocChange: true });
  // Somebody who types on wants the values of what is typed then.
  await new Promise((done) => setTimeout(done, 120));
  if (gone.signal.aborted) return [];
  const { values } = await getJson<Values>(
    '/api/v1/search/values',
    { field: field?.name, prefix: typed, limit: 20 },
    gone.signal,
  ).catch(() => ({ values: [] }));
  return values;
}
