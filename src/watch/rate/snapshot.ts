// What the rate detector knows, as structured clone takes it: a head in JSON, and the pages as they are. Little-endian, as all machines it runs on.
import { DogwatchError } from '../../exchange/error.ts';
import { PAGE_BYTES, Page } from './page.ts';

const VERSION = 3;

/** The pages are the detector's own memory: to be serialized before anything else is done with it. */
export interface RateState {
  readonly version: typeof VERSION;
  readonly head: string;
  readonly pages: readonly Uint8Array[];
}

export const pack = (head: unknown, pages: readonly Page[]): RateState => ({
  version: VERSION,
  head: JSON.stringify(head),
  pages: pages.map(({ b }) => b),
});

/** @throws DogwatchError `internal` when the state is of another version or torn */
export function unpack({ version, head, pages }: Partial<RateState>): { head: unknown; pages: Page[] } {
  if (version !== VERSION || head === undefined || pages === undefined) throw useless('of another version');
  return {
    head: JSON.parse(head),
    pages: pages.map((bytes) => {
      if (bytes.length !== PAGE_BYTES) throw useless('torn');
      const page = new Page();
      page.b.set(bytes);
      return page;
    }),
  };
}

const useless = (why: string): DogwatchError =>
  new DogwatchError('internal', `the state of the rate detector is ${why}`, {
    remedy: 'Nothing needs to be done: what is usual is learned anew.',
  });
