// Datadog's sites and the hosts that each of them answers on.

/** What a Datadog host is for. */
export const HOST_KINDS = ['api', 'logs', 'events', 'rum', 'on-call', 'app', 'ip-ranges', 'mcp'] as const;
export type HostKind = (typeof HOST_KINDS)[number];

/** Every Datadog site, as `DD_SITE` names it. */
export const SITES = [
  'datadoghq.com',
  'us3.datadoghq.com',
  'us5.datadoghq.com',
  'ap1.datadoghq.com',
  'ap2.datadoghq.com',
  'uk1.datadoghq.com',
  'datadoghq.eu',
  'ddog-gov.com',
  'us2.ddog-gov.com',
] as const;
export type Site = (typeof SITES)[number];

/** Whether Datadog has a site of that name. */
export const isSite = (site: string): site is Site => (SITES as readonly string[]).includes(site);

/** The label before the site for every kind whose host is `<prefix>.<site>`. */
const PREFIXES: Readonly<Record<HostKind, string>> = {
  api: 'api',
  logs: 'http-intake.logs',
  events: 'event-management-intake',
  rum: 'browser-intake',
  'on-call': 'navy.oncall',
  app: 'app',
  'ip-ranges': 'ip-ranges',
  mcp: 'mcp',
};

/** Other labels that clients put before a site, and what they mean. */
const OTHER_PREFIXES: Readonly<Record<string, HostKind>> = {
  'lava.oncall': 'on-call',
  'saffron.oncall': 'on-call',
  'coral.oncall': 'on-call',
  'teal.oncall': 'on-call',
  'beige.oncall': 'on-call',
};

/** The on-call paging hosts, as Datadog documents them by site. */
const ON_CALL: Readonly<Partial<Record<Site, string>>> = {
  'datadoghq.com': 'navy.oncall.datadoghq.com',
  'us3.datadoghq.com': 'teal.oncall.datadoghq.com',
  'us5.datadoghq.com': 'coral.oncall.datadoghq.com',
  'ap1.datadoghq.com': 'saffron.oncall.datadoghq.com',
  'ap2.datadoghq.com': 'lava.oncall.datadoghq.com',
  'datadoghq.eu': 'beige.oncall.datadoghq.eu',
  'ddog-gov.com': 'navy.oncall.datadoghq.com',
};

/** The hosts of a site by kind. Any other site than Datadog's own is taken as a domain laid out in the same way. */
export function hostsOf(site: string): Record<HostKind, string> {
  const hosts = Object.fromEntries(HOST_KINDS.map((kind) => [kind, `${PREFIXES[kind]}.${site}`])) as Record<
    HostKind,
    string
  >;
  if (!isSite(site)) return hosts;
  // The browser intake joins its label by a dash, `browser-intake-us3-datadoghq.com`; regional consoles have no `app.`.
  const labels = site.split('.');
  const domain = labels.slice(-2).join('.');
  hosts.rum = ['browser', 'intake', ...labels.slice(0, -2), domain].join('-');
  if (labels.length > 2) hosts.app = site;
  // Where no paging host is documented, a guess could send a credential to another region.
  hosts['on-call'] = ON_CALL[site] ?? hosts.api;
  return hosts;
}

const KIND_OF_PREFIX: ReadonlyMap<string, HostKind> = new Map([
  ...HOST_KINDS.map((kind): [string, HostKind] => [PREFIXES[kind], kind]),
  ...Object.entries(OTHER_PREFIXES),
]);

/** The kind of host that a label before the site stands for: `http-intake.logs` is `logs`. Undefined for any other. */
export const hostKindOf = (prefix: string): HostKind | undefined => KIND_OF_PREFIX.get(prefix.toLowerCase());
