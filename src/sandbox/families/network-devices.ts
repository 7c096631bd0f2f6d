// Network Device Monitoring: the devices that agents report, their interfaces, and the tags that users give them.
import { type Answer, type Call, errorFailure, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, at, type JsonObject, objectOf, textOf } from '../json.ts';
import type { Item } from '../world.ts';

const DEVICES = '/api/v2/ndm/devices';
const INTERFACES = '/api/v2/ndm/interfaces';

const notThere = (): Answer => errorFailure(404, { status: '404', title: 'Not Found' });

function listDevices({ world, query }: Call): Answer {
  const tag = query.get('filter[tag]');
  const found = [...world.collection(DEVICES).values()].filter(
    (device) => tag === null || arrayOf(at(device, 'attributes', 'tags')).includes(tag),
  );
  const size = Number(query.get('page[size]') ?? 50);
  const number = Number(query.get('page[number]') ?? 0);
  if (!(size > 0 && number >= 0)) return errorFailure(400, { status: '400', title: 'Bad Request' });
  return ok({
    data: found.slice(number * size, (number + 1) * size),
    meta: { page: { total_filtered_count: found.length } },
  });
}

function getDevice({ world, params }: Call): Answer {
  const device = world.find(DEVICES, params.device_id ?? '');
  return device ? ok({ data: device }) : notThere();
}

function listInterfaces({ world, query }: Call): Answer {
  const device = query.get('device_id') ?? '';
  const addresses = query.get('get_ip_addresses') === 'true';
  const found = [...world.collection(INTERFACES).values()].filter((each) => textOf(each.id).startsWith(`${device}:`));
  return ok({
    data: found.map((each) => {
      const { ip_addresses = [], ...attributes } = objectOf(each.attributes);
      return { ...each, attributes: { ...attributes, ...(addresses && { ip_addresses }) } };
    }),
  });
}

/** The tags that users gave to a device or interface. They stand apart from those that the agent reports. */
const userTags =
  (path: string, param: string) =>
  ({ world, params, operation, body }: Call): Answer => {
    const id = params[param] ?? '';
    if (!world.find(path, id)) return notThere();
    const key = `${path}/${id}/tags`;
    if (operation.method === 'PATCH') world.documents.set(key, arrayOf(at(body, 'data', 'attributes', 'tags')));
    return ok({ data: { id, type: 'tags', attributes: { tags: world.documents.get(key) ?? [] } } });
  };

const deviceTags = userTags(DEVICES, 'device_id');
const interfaceTags = userTags(INTERFACES, 'interface_id');

const device = (address: string, name: string, up: number, down: number): Item => ({
  id: `default:${address}`,
  type: 'device',
  attributes: {
    description: 'a device monitored with NDM',
    device_type: 'switch',
    interface_statuses: { up, down },
    ip_address: address,
    location: 'paris',
    model: 'xx-123',
    name,
    os_name: 'example OS',
    os_version: '1.0.2',
    ping_status: 'unmonitored',
    product_name: 'example device',
    serial_number: 'X12345',
    status: 'ok',
    sys_object_id: '1.3.6.1.4.1.99999',
    tags: ['device_namespace:default', `device_ip:${address}`, `device_id:default:${address}`],
  },
});

const networkInterface = (owner: string, index: number, status: string): Item => ({
  id: `${owner}:${index}`,
  type: 'interface',
  attributes: {
    name: `if${index}`,
    status,
    description: 'a network interface',
    mac_address: `00:00:5e:00:53:0${index}`,
    ip_addresses: [`192.0.2.${index}`],
    alias: `interface_${index}`,
    index,
  },
});

export const networkDeviceFamily: Family = {
  name: 'network devices',
  handlers: {
    'v2.ListDevices': listDevices,
    'v2.GetDevice': getDevice,
    'v2.GetInterfaces': listInterfaces,
    'v2.ListDeviceUserTags': deviceTags,
    'v2.UpdateDeviceUserTags': deviceTags,
    'v2.ListInterfaceUserTags': interfaceTags,
    'v2.UpdateInterfaceUserTags': interfaceTags,
  },
  seed(world) {
    const put = (path: string, item: JsonObject): void => {
      world.collection(path).set(textOf(item.id), item);
    };
    for (const each of [device('10.0.0.1', 'core-switch', 2, 0), device('10.0.0.2', 'edge-switch', 1, 1)]) {
      put(DEVICES, each);
      put(INTERFACES, networkInterface(textOf(each.id), 1, 'up'));
      put(INTERFACES, networkInterface(textOf(each.id), 2, each.id === 'default:10.0.0.1' ? 'up' : 'down'));
    }
  },
};
