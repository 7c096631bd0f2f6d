// Comments on cases, which are what their timelines show.
import { type Answer, type Call, noContent, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { at, objectOf, textOf } from '../json.ts';
import { badPathParameter, isUuid } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item } from '../world.ts';
import { badRequest, notThere } from './case-config.ts';

const CASES = '/api/v2/cases';
const commentsPath = (id: string): string => `${CASES}/${id}/comment`;
const noCase = (): Answer => notThere('case not found');

function comment({ world, params, body }: Call): Answer {
  const message = textOf(at(body, 'data', 'attributes', 'comment'));
  if (message === '') return badRequest();
  const item = world.find(CASES, params.case_id ?? '');
  if (!item) return noCase();
  const { user } = world;
  const content = { ID: user.id, name: user.name, email: user.email, handle: user.handle, active: true };
  const cell: Item = {
    id: world.ids.uuid(),
    type: 'timeline_cell',
    attributes: {
      author: { type: 'USER', content },
      cell_content: { message },
      content: JSON.stringify({ message }),
      created_at: isoZulu(world.now()),
      type: 'COMMENT',
    },
  };
  world.collection(commentsPath(textOf(item.id))).set(textOf(cell.id), cell);
  const attributes = objectOf(item.attributes);
  attributes.comment_count = Number(attributes.comment_count ?? 0) + 1;
  return ok({ data: [cell] });
}

function dropComment({ world, params }: Call): Answer {
  const { case_id = '', cell_id = '' } = params;
  if (!isUuid(cell_id)) return badPathParameter('CommentID');
  if (!world.find(CASES, case_id)) return notThere('failed to get timeline cell: timeline cell not found');
  return world.remove(commentsPath(case_id), cell_id) ? noContent : notThere('timeline cell not found');
}

function timeline({ world, params }: Call): Answer {
  const id = params.case_id ?? '';
  return world.find(CASES, id) ? ok({ data: [...world.collection(commentsPath(id)).values()] }) : noCase();
}

export const caseCommentFamily: Family = {
  name: 'case comments',
  handlers: {
    'v2.CommentCase': comment,
    'v2.DeleteCaseComment': dropComment,
    'v2.ListCaseTimeline': timeline,
  },
};
