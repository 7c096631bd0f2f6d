// Custom reports of usage, and what the organisation's usage costs.
import { errorFailure, type Handler, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import type { JsonObject } from '../json.ts';
import { HOUR, isoSeconds } from '../times.ts';
import { ORG, reportId } from './usage.ts';

const DAY = 24 * HOUR;
const NOT_ROOT = 'API called with non-parent org keys. Data is only available at the root level org';

// Custom reports: one a day or a month, ready some time after it ended.

const date = (time: number): string => new Date(time).toISOString().slice(0, 10);
const monthBefore = (now: number, months: number): number => {
  const at = new Date(now);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - months, 1);
};

function report(start: number, end: number, ready: number): JsonObject {
  const attributes: JsonObject = {
    tags: ['project'],
    start_date: date(start),
    end_date: date(end),
    size: 11_253,
    computed_on: isoSeconds(ready),
  };
  return { type: 'reports', id: date(start), attributes };
}

const dailyReport = (day: number): JsonObject => report(day, day, day + DAY + 13 * HOUR);
const monthlyReport = (month: number): JsonObject =>
  report(month, monthBefore(month, -1), monthBefore(month, -1) + 18 * HOUR);

const reports =
  (make: (now: number, i: number) => JsonObject, total: number): Handler =>
  ({ query, world }) => {
    const size = Math.min(Number(query.get('page[size]') ?? 60) || 60, 60);
    const from = (Number(query.get('page[number]') ?? 0) || 0) * size;
    const count = Math.max(0, Math.min(size, total - from));
    const data = Array.from({ length: count }, (_, i) => make(world.now(), from + i));
    if (query.get('sort_dir') === 'asc') data.reverse();
    return ok({ meta: { page: { total_count: total } }, data });
  };

const oneReport =
  (make: (time: number) => JsonObject): Handler =>
  (call) => {
    const id = call.params.report_id ?? '';
    const time = Date.parse(`${id}T00:00:00Z`);
    if (!/^\d{4}-\d\d-\d\d$/.test(id) || Number.isNaN(time)) return textFailure(400, `Invalid report id: ${id}`);
    if (time > call.world.now()) return textFailure(404, 'Report not found');
    const data = make(time);
    const attributes = { ...(data.attributes as JsonObject), location: `https://reports.example.com/${id}.zip` };
    return ok({ meta: { page: { total_count: 1 } }, data: { ...data, attributes } });
  };

// Cost

const CHARGES = [
  { charge_type: 'committed', cost: 0, product_name: 'infra_host' },
  { charge_type: 'on_demand', cost: 72, product_name: 'synthetics_api_tests' },
  { charge_type: 'committed', cost: 1.17, product_name: 'infra_host' },
];

const costByOrg: Handler = ({ query, world }) => {
  if (!query.has('start_month') && !query.has('start_date'))
    return textFailure(400, "The parameter 'start_month' is required");
  const total_cost = CHARGES.reduce((sum, { cost }) => sum + cost, 0);
  const attributes: JsonObject = {
    ...ORG,
    total_cost,
    charges: CHARGES,
    date: isoSeconds(Math.floor(world.now() / HOUR) * HOUR),
  };
  return ok({ data: [{ type: 'cost_by_org', id: reportId('cost', date(world.now())), attributes }] });
};

const projectedCost: Handler = ({ world }) => {
  const month = new Date(monthBefore(world.now(), -1) - 1).toISOString().slice(0, 10);
  const charges = ['apm_host', 'infra_host'].flatMap((product_name) => [
    { product_name, charge_type: 'projected_committed', cost: 0 },
    { product_name, charge_type: 'projected_on_demand', cost: 1200 },
    { product_name, charge_type: 'total', cost: 1200 },
  ]);
  const attributes: JsonObject = { ...ORG, projected_total_cost: 2400, date: `${month}T00:00:00Z`, charges };
  return ok({ data: [{ type: 'projected_cost', id: reportId('projected', month), attributes }] });
};

const rootOnly: Handler = () =>
  errorFailure(400, {
    id: null,
    links: null,
    status: '400',
    code: null,
    title: 'Bad Request',
    detail: NOT_ROOT,
    source: null,
    meta: null,
  });

const nothing: Handler = () => ok({ data: [] });

const costAttribution: Handler = ({ query }) =>
  (query.get('fields') ?? '').split(',').every((field) => field === '*' || /_cost$/.test(field))
    ? ok({ data: [] })
    : textFailure(400, NOT_ROOT);

const BILLED = ['apm_host', 'infra_host', 'logs_indexed_15day', 'logs_ingested', 'synthetics_api_tests', 'timeseries'];

const billingDimensions: Handler = ({ world }) => {
  const month = `${date(monthBefore(world.now(), 0))}T00:00:00Z`;
  return ok({
    data: { type: 'billing_dimensions', id: reportId('dimensions', month), attributes: { values: BILLED, month } },
  });
};

export const usageReportFamily: Family = {
  name: 'usage reports and cost',
  handlers: {
    'v1.GetDailyCustomReports': reports((now, i) => dailyReport(Math.floor(now / DAY) * DAY - (2 + i) * DAY), 397),
    'v1.GetMonthlyCustomReports': reports((now, i) => monthlyReport(monthBefore(now, 2 + i)), 13),
    'v1.GetSpecifiedDailyCustomReports': oneReport(dailyReport),
    'v1.GetSpecifiedMonthlyCustomReports': oneReport((time) => monthlyReport(monthBefore(time, 0))),
    'v2.GetCostByOrg': costByOrg,
    'v2.GetEstimatedCostByOrg': (call) => (call.query.has('view') ? nothing(call) : costByOrg(call)),
    'v2.GetHistoricalCostByOrg': nothing,
    'v2.GetProjectedCost': projectedCost,
    'v2.GetUsageSummaryAvailableFields': rootOnly,
    'v2.GetBillingDimensionMapping': rootOnly,
    'v2.GetMonthlyCostAttribution': costAttribution,
    'v2.GetActiveBillingDimensions': billingDimensions,
  },
};
