// Judgements of header field names, remembered: the same few names come with every call.

/** Names come from the caller, so those that are remembered are few and short. */
const MOST = 1000;
const LONGEST = 64;

/** The judgement, made once for each name that comes again and again. */
export function byName<T extends NonNullable<unknown>>(judge: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const remembered = known.get(name);
    if (remembered !== undefined) return remembered;
    const judged = judge(name);
    if (known.size < MOST && name.length <= LONGEST) known.set(name, judged);
    return judged;
  };
}
