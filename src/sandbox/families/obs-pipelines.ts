// Observability Pipelines: a graph from sources through processors to destinations, and what is wrong with one.
import { type Answer, type Call, errorFailure, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import type { Item } from '../world.ts';

const PIPELINES = '/api/v2/obs-pipelines/pipelines';

const fault = (message: string, where: JsonObject = {}): JsonObject => ({
  title: message,
  meta: { ...where, message },
});

const parts = (config: JsonObject, name: string): JsonObject[] => arrayOf(config[name]).map(objectOf);
const groupsOf = (config: JsonObject): JsonObject[] => {
  const groups = parts(config, 'processor_groups');
  return groups.length > 0 ? groups : parts(config, 'processors');
};
const idOf = (part: JsonObject): string => textOf(part.id);

/** What each processor must have. */
function processorFaults(processor: JsonObject): JsonObject[] {
  const id = idOf(processor);
  const faults: JsonObject[] = [];
  if (textOf(processor.include) === '') faults.push(fault("Field 'include' is required", { field: 'include', id }));
  for (const [i, each] of parts(processor, 'mappings').entries()) {
    const mapping = objectOf(each.mapping);
    if (processor.type !== 'ocsf_mapper' || typeof each.mapping === 'string') continue;
    if (!(Number(mapping.version) > 0))
      faults.push(fault('Schema version must be a positive integer', { field: `mappings.${i}.version`, id }));
    if (!OCSF_CLASSES.has(textOf(at(mapping, 'metadata', 'class'))))
      faults.push(fault('Invalid custom mapping class', { field: `mappings.${i}.metadata.class`, id }));
  }
  return faults;
}

/** Classes of OCSF 1.3 that a mapping of one's own may be of. */
const OCSF_CLASSES = new Set(
  (
    'Account Change;Admin Group Query;API Activity;Application Error;Application Lifecycle;' +
    'Authentication;Authorize Session;Base Event;Compliance Finding;Data Security Finding;' +
    'Datastore Activity;Detection Finding;Device Config State;Device Config State Change;Device Inventory Info;' +
    'DHCP Activity;DNS Activity;Email Activity;Email File Activity;Email URL Activity;' +
    'Entity Management;Event Log Activity;File Hosting Activity;File Query;File Remediation Activity;' +
    'File System Activity;Folder Query;FTP Activity;Group Management;HTTP Activity;' +
    'Incident Finding;Job Query;Kernel Activity;Kernel Extension Activity;Kernel Object Query;' +
    'Memory Activity;Module Activity;Module Query;Network Activity;Network Connection Query;' +
    'Network File Activity;Network Remediation Activity;Networks Query;NTP Activity;Operating System Patch State;' +
    'OSINT Inventory Info;Peripheral Device Query;Process Activity;Process Query;Process Remediation Activity;' +
    'RDP Activity;Registry Key Activity;Registry Key Query;Registry Value Activity;Registry Value Query;' +
    'Remediation Activity;Scan Activity;Scheduled Job Activity;Security Finding;Service Query;' +
    'SMB Activity;Software Inventory Info;SSH Activity;Startup Item Query;Tunnel Activity;' +
    'User Access Management;User Inventory Info;User Query;User Session Query;Vulnerability Finding;' +
    'Web Resource Access Activity;Web Resources Activity;Windows Resource Activity;Windows Service Activity;Prefetch Query;' +
    'Drone Flights Activity;Airborne Broadcast Activity;Cloud Resources Inventory Info;Evidence Info'
  ).split(';'),
);

/** Components that no destination is fed by, directly or not. */
function unused(config: JsonObject): string[] {
  const all = new Map([...parts(config, 'sources'), ...groupsOf(config)].map((part) => [idOf(part), part]));
  const reached = new Set<string>();
  const follow = (part: JsonObject): void => {
    for (const input of arrayOf(part.inputs).map(textOf)) {
      if (reached.has(input)) continue;
      reached.add(input);
      const next = all.get(input);
      if (next) follow(next);
    }
  };
  for (const destination of parts(config, 'destinations')) follow(destination);
  return [...all.keys()].filter((id) => !reached.has(id)).sort();
}

function faultsOf(given: JsonObject): JsonObject[] {
  const config = objectOf(at(given, 'attributes', 'config'));
  const faults: JsonObject[] = [];
  if (textOf(at(given, 'attributes', 'name')) === '') faults.push(fault("Field 'name' is required", { field: 'name' }));
  for (const name of ['sources', 'destinations']) {
    if (parts(config, name).length === 0) faults.push(fault(`Field '${name}' is required`, { field: name }));
  }
  for (const group of groupsOf(config)) {
    for (const processor of parts(group, 'processors')) faults.push(...processorFaults(processor));
  }
  const known = new Set([...parts(config, 'sources'), ...groupsOf(config)].map(idOf));
  const inputs = [...groupsOf(config), ...parts(config, 'destinations')].flatMap((part) => arrayOf(part.inputs));
  for (const input of new Set(inputs.map(textOf))) {
    if (!known.has(input)) faults.push(fault(`Component with ID ${input} is an unknown component`));
  }
  const idle = unused(config);
  if (idle.length > 0) faults.push(fault(`The following components are unused: [${idle.join(' ')}]`));
  return faults;
}

function refuse(given: JsonObject): Answer | undefined {
  const errors = faultsOf(given);
  return errors.length > 0 ? { status: 400, body: { errors } } : undefined;
}

const pipelines: CollectionRule = {
  strict: false,
  check: (_call, given) => refuse(given),
  finish(item) {
    const { name = '', config } = objectOf(item.attributes);
    const of = objectOf(config);
    const groups: Json = groupsOf(of);
    return {
      id: item.id ?? '',
      type: 'pipelines',
      attributes: { name, config: { ...of, processor_groups: groups, processors: groups } },
    };
  },
  notFound: ({ operation }) =>
    errorFailure(404, { title: operation.method === 'PUT' ? 'Not Found' : 'Resource Not Found' }),
};

const MOST = 50;

function list({ world, query }: Call): Answer {
  const size = Number(query.get('page[size]') ?? 10);
  if (!(size >= 1 && size <= MOST))
    return errorFailure(400, { title: `page[size] must be a number between 1 and ${MOST}` });
  const number = Number(query.get('page[number]') ?? 0);
  const all: Item[] = [...world.collection(PIPELINES).values()];
  return ok({ data: all.slice(number * size, (number + 1) * size), meta: { totalCount: all.length } });
}

export const obsPipelineFamily: Family = {
  name: 'observability pipelines',
  collections: { [PIPELINES]: pipelines },
  handlers: {
    'v2.ListPipelines': list,
    'v2.ValidatePipeline': ({ body }) => refuse(objectOf(at(body, 'data'))) ?? ok({ errors: [] }),
  },
};
