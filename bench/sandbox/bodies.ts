// Bodies of resources as agents make them: a monitor of some 400 bytes, a dashboard of four widgets.

export const monitor = (n: number): string =>
  JSON.stringify({
    name: `Load of host ${n} is high`,
    type: 'query alert',
    query: `avg(last_5m):avg:system.load.1{host:web-${n}} by {host} > 4`,
    message: 'The load is high. @slack-sre',
    tags: [`team:t${n % 20}`, 'env:prod', `service:s${n % 100}`],
    priority: (n % 5) + 1,
    options: { thresholds: { critical: 4, warning: 3 }, notify_no_data: false, renotify_interval: 60 },
  });

export const dashboard = (n: number): string =>
  JSON.stringify({
    title: `Service ${n}`,
    layout_type: 'ordered',
    description: 'made by a bench',
    widgets: ['user', 'system', 'iowait', 'idle'].map((of) => ({
      definition: {
        type: 'timeseries',
        title: of,
        requests: [{ q: `avg:system.cpu.${of}{service:s${n}} by {host}`, display_type: 'line' }],
      },
    })),
  });
