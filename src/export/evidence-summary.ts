// The readable page of an evidence pack: a table of what happened. Everything recorded is text in it; nothing loads, nothing runs.
import type { Row } from '../index/search-index.ts';
import type { PackFacts } from './evidence-texts.ts';

const LONGEST = 300;

/** Text of HTML, in element content and in quoted attributes; what turns text round or hides in it becomes visible. */
export function escapeHtml(text: string): string {
  return text
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
    .replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `body{font:14px/1.45 system-ui,sans-serif;margin:2rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #d8dee4}
th{background:#f6f8fa;position:sticky;top:0}code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}.bad{color:#a40e26}.mild{color:#57606a}`;

/** `summary.html`, piece by piece. `erased` are ids of exchanges of which something was erased. */
export function* summaryHtml(facts: PackFacts, rows: Iterable<Row>): Generator<string> {
  const text = escapeHtml;
  const meta = `default-src 'none'; style-src 'unsafe-inline'`;
  yield `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${meta}">
<meta name="referrer" content="no-referrer"><title>Evidence from a Dogwatch record</title><style>${STYLE}</style></head><body>
<h1>Evidence from a Dogwatch record</h1>
<p>${facts.exchanges} exchanges, newest first. Made on ${text(new Date(facts.madeAt).toISOString())} by ${text(facts.by)}; times are UTC.
Query: <code>${facts.query.trim() === '' ? '(everything)' : text(facts.query)}</code></p>
<p class="mild">This page is for reading. What is proven stands in the folder proofs; README.md says how to verify it.</p>
<table><thead><tr><th>Time</th><th>Who (verified)</th><th>Operation</th><th>Resources</th><th>Verdict</th><th>Outcome</th><th>Exchange</th></tr></thead><tbody>
`;
  for (const row of rows) {
    const { identity, verdict, outcome, status } = row;
    const who = identity
      ? `${text(identity.name)}<br><span class="mild">${text([identity.kind, identity.email ?? identity.subject, ...identity.groups].filter(Boolean).join(', '))}</span>`
      : '<span class="bad">not identified</span>';
    const touched = row.resources.slice(0, 20).map(({ kind, id, title }) => {
      const name = text(`${kind}/${id}`);
      return title === undefined ? name : `${name} <span class="mild">${text(title)}</span>`;
    });
    if (row.resources.length > 20) touched.push(`and ${row.resources.length - 20} more`);
    const bad = verdict?.decision === 'deny' || outcome !== 'complete' || (status ?? 0) >= 400;
    yield `<tr><td>${text(new Date(row.time).toISOString())}</td><td>${who}</td><td>${text(row.operation ?? row.kind)}<br><code>${text(`${row.method ?? ''} ${row.path ?? ''}`)}</code></td><td>${touched.join('<br>')}</td><td>${text(verdict ? `${verdict.decision} (${verdict.rule})` : '')}</td><td${bad ? ' class="bad"' : ''}>${text(`${outcome ?? ''} ${status ?? ''} ${row.error ?? ''}`)}</td><td><a href="exchanges/${text(row.id)}/exchange.json"><code>${text(row.id)}</code></a></td></tr>
`;
  }
  yield '</tbody></table></body></html>\n';
}
