// Messages for chats: blocks for Slack, an Adaptive Card for Teams. What agents may have worded stands in them as plain text only.
import { factsOf, reasonOf, severityOf, type Told, titleOf } from './message.ts';

const MARKS = { critical: '🔴', high: '🟠', medium: '🟡', low: '🔵', info: '⚪' } as const;
const markOf = (message: Told): string => (message.event === 'ended' ? '🟢' : MARKS[severityOf(message)]);

/** Slack reads `&`, `<` and `>` of a text as its own (docs: formatting message text, escaping). */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Body of a POST to an incoming webhook of Slack. Lengths are Slack's limits. */
export function slackBody(message: Told): string {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
  const facts = factsOf(message).slice(0, 10);
  return JSON.stringify({
    text: `${markOf(message)} ${escaped(titleOf(message))}`,
    blocks: [
      { type: 'header', text: { ...plain(`${markOf(message)} ${titleOf(message, 140)}`), emoji: true } },
      { type: 'section', text: plain(reasonOf(message)) },
      ...(facts.length > 0
        ? [{ type: 'section', fields: facts.map(([name, value]) => plain(`${name}\n${value}`)) }]
        : []),
      ...(message.link === undefined
        ? []
        : [{ type: 'context', elements: [{ type: 'mrkdwn', text: `<${message.link}|Open in Dogwatch>` }] }]),
    ],
  });
}

/** Body of a POST to a workflow of Teams: a message with one Adaptive Card 1.4. Runs of text are not read as Markdown. */
export function teamsBody(message: Told): string {
  const run = (text: string, more: object = {}) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text, ...more }],
  });
  return JSON.stringify({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            run(`${markOf(message)} ${titleOf(message)}`, { size: 'Large', weight: 'Bolder' }),
            run(reasonOf(message)),
            ...factsOf(message).map(([name, value]) => ({
              type: 'RichTextBlock',
              spacing: 'None',
              inlines: [
                { type: 'TextRun', text: `${name}: `, weight: 'Bolder' },
                { type: 'TextRun', text: value },
              ],
            })),
          ],
          ...(message.link !== undefined && {
            actions: [{ type: 'Action.OpenUrl', title: 'Open in Dogwatch', url: message.link }],
          }),
          msteams: { width: 'Full' },
        },
      },
    ],
  });
}
