// Hosts: the few that report to every sandbox, and muting them.
import { type Call, type Handler, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { type JsonObject, objectOf, textOf } from '../json.ts';
import { HOSTS, reading } from '../series.ts';
import { seconds } from '../times.ts';

const MUTES = '/api/v1/host';

function host(call: Call, name: string, i: number): JsonObject {
  const now = call.world.now();
  const muted = call.world.find(MUTES, name);
  return {
    id: 1_000_000_000 + i,
    name,
    host_name: name,
    aliases: [name],
    apps: ['ntp', 'agent'],
    sources: ['agent'],
    up: true,
    is_muted: muted !== undefined,
    mute_timeout: muted?.end ?? null,
    last_reported_time: seconds(now),
    tags_by_source: { Datadog: [`host:${name}`], ...(i < 2 && { Users: ['env:prod', 'service:web'] }) },
    metrics: {
      load: reading(`load ${name}`, 0.3, now),
      iowait: reading(`iowait ${name}`, 0.05, now),
      cpu: reading(`cpu ${name}`, 6, now),
    },
    meta: {
      agent_version: '7.60.1',
      agent_flavor: 'agent',
      agent_checks: [['ntp', 'ntp', 'ntp:d884b5186b651429', 'OK', '', '']],
      cpuCores: 1,
      machine: 'amd64',
      platform: 'linux',
      processor: 'Intel(R) Xeon(R) CPU',
      pythonV: '3.12.6',
      'socket-hostname': name,
      'socket-fqdn': `${name}.`,
      host_id: 1_000_000_000 + i,
      nixV: ['ubuntu', '24.04', ''],
      macV: ['', '', ''],
      winV: [null, null, null],
      fbsdV: ['', '', ''],
      timezones: ['UTC'],
      network: null,
      logs_agent: { transport: '' },
      install_method: {
        tool: 'install_script',
        tool_version: 'install_script',
        installer_version: 'install_script-1.7.1',
      },
      gohai: '{}',
    },
  };
}

const listHosts: Handler = (call) => {
  const filter = call.query.get('filter') ?? '';
  const from = Number(call.query.get('start')) || 0;
  const count = Math.min(Number(call.query.get('count')) || 100, 1000);
  const all = HOSTS.map((name, i) => host(call, name, i)).filter((item) =>
    textOf(item.name).includes(filter.replace(/^host:/, '')),
  );
  const host_list = all.slice(from, from + count);
  return ok({ exact_total_matching: true, total_matching: all.length, total_returned: host_list.length, host_list });
};

const mute: Handler = (call) => {
  const name = call.params.host_name ?? '';
  const { end = null, message = '', override = false } = objectOf(call.body);
  if (call.world.find(MUTES, name) && override !== true)
    return textFailure(
      400,
      `host:${name} is already muted. To mute this host with a different end time, add "override": true to your request body.`,
    );
  call.world.collection(MUTES).set(name, { hostname: name, end, message });
  return ok({ action: 'Muted', hostname: name, message, ...(end !== null && { end }) });
};

const unmute: Handler = (call) => {
  const name = call.params.host_name ?? '';
  if (!call.world.remove(MUTES, name)) return textFailure(400, `host:${name} is not muted`);
  return ok({ action: 'Unmuted', hostname: name });
};

export const hostFamily: Family = {
  name: 'hosts',
  handlers: {
    'v1.ListHosts': listHosts,
    'v1.GetHostTotals': () => ok({ total_active: HOSTS.length, total_up: HOSTS.length }),
    'v1.MuteHost': mute,
    'v1.UnmuteHost': unmute,
  },
};
