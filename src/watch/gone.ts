// Who is to be forgotten: callers of whom the record holds nothing any more, and kinds of callers that nobody is of any more.

export interface Gone {
  /** @param caller `issuer#subject` */
  caller(caller: string): boolean;
  /** @param peers as `Caller.peers` */
  peers(peers: string): boolean;
}

/** Whether a key is gone that is a caller's, or a caller's and a word. A subject may hold spaces: then both readings have to be gone. */
export function isOfGone(key: string, gone: Gone): boolean {
  const whole = gone.caller(key);
  const at = key.lastIndexOf(' ');
  const cut = at < 0 || gone.caller(key.slice(0, at));
  return whole && cut;
}
