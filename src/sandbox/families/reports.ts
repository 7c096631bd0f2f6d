// Jobs and assignments: reports of SLOs, evaluations of deployment gates, seats of products.
import { type Answer, type Call, errorFailure, type Handler, noContent, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, type JsonObject, objectOf, textOf } from '../json.ts';
import { genericError, isUuid } from '../people.ts';

const REPORTS = '/api/v2/slo/report';
const EVALUATIONS = '/api/v2/deployments/gates/evaluation';
const GATES = '/api/v2/deployment_gates';
const SEATS = '/api/v2/seats/users';

const sent = (call: Call): JsonObject => objectOf(objectOf(objectOf(call.body).data).attributes);

// SLO reports

const INTERVALS = new Set(['daily', 'weekly', 'monthly']);
const bad = (detail: string): Answer => genericError(400, detail, 'Invalid Argument');

const createReport: Handler = (call) => {
  const { interval = 'weekly', query, from_ts, to_ts } = sent(call);
  if (!INTERVALS.has(textOf(interval))) return bad(`${textOf(interval)} is not a valid interval`);
  if (typeof query !== 'string') return bad('query is required');
  if (!(Number(from_ts) < Number(to_ts))) return bad('from_ts must be before to_ts');
  const id = call.world.ids.uuid();
  call.world.collection(REPORTS).set(id, { id, interval, query, from_ts: from_ts!, to_ts: to_ts! });
  return ok({ data: { id, type: 'report_id' } });
};

const withReport =
  (run: (call: Call, report: JsonObject, id: string) => Answer): Handler =>
  (call) => {
    const id = call.params.report_id ?? '';
    if (!isUuid(id)) return bad(`invalid report ID: ${id}`);
    const report = call.world.find(REPORTS, id);
    return report ? run(call, report, id) : genericError(404, `report ID not found: ${id}`, 'Not Found');
  };

/** Months, weeks or days from one time in seconds to another, as dates; at most 100. */
function dates({ interval, from_ts, to_ts }: JsonObject): string[] {
  const result: string[] = [];
  const at = new Date(Number(from_ts) * 1000);
  while (at.getTime() < Number(to_ts) * 1000 && result.length < 100) {
    result.push(at.toISOString().slice(0, 10));
    if (interval === 'monthly') at.setUTCMonth(at.getUTCMonth() + 1, 1);
    else at.setUTCDate(at.getUTCDate() + (interval === 'weekly' ? 7 : 1));
  }
  return result;
}

const download = withReport((call, report) => {
  const head = ['id', 'slo_type', 'name', 'target', 'export_error', ...dates(report)];
  const rows = [...call.world.collection('/api/v1/slo').values()].map((slo) => {
    const target = objectOf(arrayOf(slo.thresholds)[0]).target ?? '';
    return [
      textOf(slo.id),
      textOf(slo.type),
      JSON.stringify(textOf(slo.name)),
      textOf(target),
      '',
      ...dates(report).map(() => ''),
    ];
  });
  return { status: 200, type: 'text/csv', body: `${[head, ...rows].map((row) => row.join(',')).join('\n')}\n` };
});

// Evaluations of gates

const notFound = (detail: string): Answer => errorFailure(404, { status: '404', title: 'Not Found', detail });
const badRequest = (detail: string): Answer => errorFailure(400, { status: '400', title: 'Bad Request', detail });

const evaluate: Handler = (call) => {
  const { env, service, identifier = 'default' } = sent(call);
  for (const [field, value] of Object.entries({ env, service }))
    if (textOf(value) === '') return badRequest(`required ${field} field is missing`);
  const gate = [...call.world.collection(GATES).values()].find(({ attributes }) => {
    const of = objectOf(attributes);
    return of.service === service && of.env === env && (of.identifier ?? 'default') === identifier;
  });
  if (!gate)
    return notFound(
      `no gate found for service ${textOf(service)}, env ${textOf(env)}, and identifier ${textOf(identifier)}`,
    );
  const id = call.world.ids.uuid();
  call.world.collection(EVALUATIONS).set(id, { id, gate: gate.id ?? '' });
  const attributes = { evaluation_id: id };
  return { status: 202, body: { data: { id, type: 'deployment_gates_evaluation_response', attributes } } };
};

const evaluation: Handler = ({ params, world }) => {
  const id = params.id ?? '';
  if (!isUuid(id)) return badRequest('attribute "id" Invalid id');
  const kept = world.find(EVALUATIONS, id);
  if (!kept) return notFound(`gate evaluation with id ${id} not found`);
  const gate = textOf(kept.gate);
  const rules = [...world.collection(`${GATES}/${gate}/rules`).values()].map((rule) => {
    const { name = '', dry_run = false } = objectOf(rule.attributes);
    return { name, dry_run, status: 'in_progress' };
  });
  const attributes = {
    evaluation_id: id,
    evaluation_url: `https://app.${world.site}/ci/deployment-gates/evaluations?query=level%3Agate+%40evaluation_id%3A${id}`,
    gate_id: gate,
    gate_status: 'in_progress',
    dry_run: objectOf(objectOf(world.find(GATES, gate)).attributes).dry_run ?? false,
    rules,
  };
  return ok({ data: { id, type: 'deployment_gates_evaluation_result_response', attributes } });
};

// Seats

/** The product and users of a request for seats, or what is missing of it. */
function seatsOf(call: Call): { product: string; users: string[] } | Answer {
  const { product_code, user_uuids } = sent(call);
  if (textOf(product_code) === '') return genericError(422, 'product_code is required');
  const users = arrayOf(user_uuids).map(textOf).filter(Boolean);
  if (users.length === 0) return genericError(422, 'user_uuids is required and must not be empty');
  return { product: textOf(product_code), users };
}

const assign: Handler = (call) => {
  const seats = seatsOf(call);
  if ('status' in seats) return seats;
  const { product, users } = seats;
  const all = call.world.collection(SEATS);
  for (const user of users)
    all.set(`${product} ${user}`, { product, user, since: new Date(call.world.now()).toISOString() });
  const attributes = { product_code: product, assigned_ids: users };
  return { status: 201, body: { data: { id: call.world.ids.uuid(), type: 'seat-assignments', attributes } } };
};

const unassign: Handler = (call) => {
  const seats = seatsOf(call);
  if ('status' in seats) return seats;
  for (const user of seats.users) call.world.collection(SEATS).delete(`${seats.product} ${user}`);
  return noContent;
};

const listSeats: Handler = ({ query, world }) => {
  const product = query.get('product_code');
  if (product === null) return genericError(400, 'product_code query parameter is required');
  const data = [...world.collection(SEATS).values()]
    .filter((seat) => seat.product === product)
    .map(({ user, since }) => {
      const { name = null, email = null } = objectOf(objectOf(world.find('/api/v2/users', textOf(user))).attributes);
      return { id: user!, type: 'seat-users', attributes: { assigned_at: since!, name, email } };
    });
  return ok({ data });
};

export const reportFamily: Family = {
  name: 'SLO reports, gate evaluations and seats',
  handlers: {
    'v2.CreateSLOReportJob': createReport,
    'v2.GetSLOReportJobStatus': withReport((_call, _report, id) =>
      ok({ data: { id, type: 'report_id', attributes: { status: 'completed' } } }),
    ),
    'v2.GetSLOReport': download,
    'v2.TriggerDeploymentGatesEvaluation': evaluate,
    'v2.GetDeploymentGatesEvaluationResult': evaluation,
    'v2.AssignSeatsUser': assign,
    'v2.UnassignSeatsUser': unassign,
    'v2.GetSeatsUsers': listSeats,
  },
};
