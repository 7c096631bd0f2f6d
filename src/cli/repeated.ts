// Options that may be given more than once.

/** Collects the values of an option, for commander. */
export const repeated = (text: string, before: readonly string[]): readonly string[] => [...before, text];
