// A replay as one HTML page: no script, nothing loaded from anywhere, everything that was recorded escaped.
import type { Change } from '../change/diff.ts';
import type { Step as PathStep } from '../change/path.ts';
import type { Divergence } from './compare.ts';
import type { Replay, ResourceImpact, Step } from './report.ts';

/** Characters of one value, and changes of one resource, that are shown. */
const MOST_TEXT = 20_000;
const MOST_CHANGES = 200;

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin-top: 2rem } h3 { font-size: 1rem; margin: 0 }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .25rem .6rem; vertical-align: top; border-bottom: 1px solid #8884 }
code, pre { font: 13px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap }
section { border: 1px solid #8886; border-radius: .4rem; padding: .8rem 1rem; margin: 1rem 0 }
.tag { border: 1px solid #8886; border-radius: 1rem; padding: 0 .5rem; font-size: .8rem }
.critical, .high, .deleted, .minus { color: #c62828 } .created, .plus { color: #2e7d32 } .updated { color: #b26a00 } .dim { opacity: .7 }
.images { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem } .images pre { max-height: 30rem; overflow: auto }
`;

/** The page. */
export function htmlReport(replay: Replay): string {
  const { session, against, verified, origin, steps, impact, missing, divergences } = replay;
  const executed = steps.filter(({ how }) => how === 'executed').length;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>Replay of session ${text(session)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Replay of session ${text(session)}</h1>
<p>Against ${text(against)}: ${executed} of ${steps.length} calls executed, ${impact.length} resources changed, ${divergences} divergences from the recording.</p>
<p class="dim">Verified before it began: ${verified.entries} entries under a checkpoint of ${text(verified.origin)} over ${verified.size}.
The state at the beginning was made of ${origin.calls} recorded calls that show ${origin.resources} resources.</p>
${origin.guessed.length === 0 ? '' : `<p>Known only from the answer to its first change: ${origin.guessed.map((name) => `<code>${text(name)}</code>`).join(', ')}.</p>`}
<h2>Impact</h2>
${impact.length === 0 ? '<p>Nothing was changed.</p>' : impact.map(impactHtml).join('\n')}
${
  missing.length === 0
    ? ''
    : `<h2>Changed then, not now</h2>
<ul>${missing.map(({ kind, id, because }) => `<li><code>${text(`${kind}/${id}`)}</code>: ${text(because)}</li>`).join('')}</ul>`
}
<h2>Calls</h2>
<table>
<thead><tr><th>#</th><th>Time</th><th>Call</th><th>Then</th><th>Now</th><th>What it did</th></tr></thead>
<tbody>
${steps.map(stepHtml).join('\n')}
</tbody>
</table>
</body>
</html>
`;
}

function impactHtml(each: ResourceImpact): string {
  const { kind, id, recordedId, title, effect, before, after, changes, steps, risk, tags, asRecorded } = each;
  const shown = changes.slice(0, MOST_CHANGES);
  return `<section>
<h3><code>${text(`${kind}/${id}`)}</code> ${title === undefined ? '' : `“${text(title)}” `}<span class="${effect}">${effect}</span>
<span class="tag ${risk}">${risk}</span>${tags.map((tag) => ` <span class="tag">${text(tag)}</span>`).join('')}</h3>
<p class="dim">Calls ${steps.join(', ')}; connection ${text(each.connection)}${recordedId === undefined ? '' : `; <code>${text(recordedId)}</code> in the recording`}${asRecorded === undefined ? '' : asRecorded ? '; ends as recorded' : '; does not end as recorded'}</p>
${shown.length === 0 ? '' : `<pre>${shown.map(changeHtml).join('\n')}${changes.length > shown.length ? `\n… and ${changes.length - shown.length} more` : ''}</pre>`}
${divergencesHtml(each.divergences)}
<details><summary>Before and after</summary><div class="images"><pre>${before === undefined ? '(not there)' : json(before)}</pre><pre>${after === undefined ? '(not there)' : json(after)}</pre></div></details>
</section>`;
}

function stepHtml(step: Step): string {
  const { n, time, operation, method = '', target = '', how, why, status, changes, divergences, edited } = step;
  const did = changes.map(
    ({ kind, id, effect, changes: fields }) =>
      `<div><span class="${effect}">${effect}</span> <code>${text(`${kind}/${id}`)}</code>${fields.length === 0 ? '' : `<pre>${fields.slice(0, 20).map(changeHtml).join('\n')}</pre>`}</div>`,
  );
  const note =
    how === 'executed'
      ? edited
        ? '<div class="dim">with another body</div>'
        : ''
      : `<div class="dim">${how.replace('-', ' ')}${why === undefined ? '' : `: ${text(why)}`}</div>`;
  return `<tr><td>${n}</td><td>${text(new Date(time).toISOString())}</td><td>${text(operation)}<br><code>${text(`${method} ${target}`)}</code></td><td>${status.recorded ?? ''}</td><td>${status.actual ?? ''}</td><td>${note}${did.join('')}${divergencesHtml(divergences)}</td></tr>`;
}

const divergencesHtml = (divergences: readonly Divergence[]): string =>
  divergences.length === 0
    ? ''
    : `<ul>${divergences
        .slice(0, MOST_CHANGES)
        .map(
          ({ where, path, recorded, actual, because }) =>
            `<li>${where}${path === '' ? '' : ` <code>${text(path)}</code>`}: <code class="minus">${json(recorded)}</code> then, <code class="plus">${json(actual)}</code> now: ${text(because)}</li>`,
        )
        .join('')}</ul>`;

function changeHtml({ type, path, before, after }: Change): string {
  const where = text(pathText(path));
  if (type === 'added') return `<span class="plus">+ ${where}: ${json(after)}</span>`;
  if (type === 'removed') return `<span class="minus">- ${where}: ${json(before)}</span>`;
  if (type === 'moved') return `&gt; ${where}: from place ${Number(before) + 1} to ${Number(after) + 1}`;
  return `~ ${where}: <span class="minus">${json(before)}</span> → <span class="plus">${json(after)}</span>`;
}

const pathText = (path: readonly PathStep[]): string =>
  path
    .map((step, i) => (typeof step === 'string' ? `${i === 0 ? '' : '.'}${step}` : `[${step.known ?? step.index}]`))
    .join('') || '(all of it)';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML text and attribute values take it. Controls and marks that turn the direction of writing are shown by their number. */
const text = (value: string): string =>
  value
    .slice(0, MOST_TEXT)
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
    .replace(/[^\P{C}\n]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

const json = (value: unknown): string => {
  if (value === undefined) return '(nothing)';
  const whole = JSON.stringify(value, undefined, 2);
  return text(whole.slice(0, MOST_TEXT)) + (whole.length > MOST_TEXT ? ' …' : '');
};
