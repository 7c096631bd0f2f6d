// The session that somebody means: by its id, the name that its agent gave it, or the beginning that tables show.
import { DogwatchError } from '../exchange/error.ts';
import type { SearchIndex, SessionRow } from '../index/search-index.ts';

/** As many characters of an id are enough. */
const ENOUGH = 8;

/** Between the name that an agent gave its session and the mark of who it is (gateway/sessions.ts). */
const MARK = '~';

/**
 * The session of that id; or the only one that an agent gave this name; or the only one whose id begins so (8 characters at least).
 *
 * @throws DogwatchError `bad_parameter` when there are several
 */
export async function sessionLike(
  index: Pick<SearchIndex, 'session' | 'values'>,
  id: string,
): Promise<SessionRow | undefined> {
  const session = await index.session(id);
  if (session) return session;
  const named = await index.values('session', `${id}${MARK}`, 2);
  const [one, another] = named.length > 0 || id.length < ENOUGH ? named : await index.values('session', id, 2);
  if (another === undefined) return one === undefined ? undefined : index.session(one);
  throw new DogwatchError('bad_parameter', `more than one session begins with ${id}`, {
    remedy: 'give more of the id',
  });
}

/** The same. @throws DogwatchError `not_found` when there is none, `bad_parameter` */
export async function sessionOf(index: Pick<SearchIndex, 'session' | 'values'>, id: string): Promise<SessionRow> {
  const session = await sessionLike(index, id);
  if (session) return session;
  throw noSession(id);
}

export const noSession = (id: string): DogwatchError =>
  new DogwatchError('not_found', `there is no session ${id}`, { remedy: 'list them with `dogwatch sessions`' });
