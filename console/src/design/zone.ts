// The viewer's time zone; a file of its own, as what is asked for before the page's code is there needs nothing else.

/** For `tz` of searches: `Europe/Berlin`. */
export const viewerZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
