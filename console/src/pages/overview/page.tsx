// The overview: what happens now, what changed today, what needs a look, and whether the record is sound.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { statusQuery } from '../../api/queries.ts';
import { useMay, useSession } from '../../api/session.ts';
import { Icon, type IconName } from '../../design/icons.tsx';
import { Page } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { NoPermission } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { AskedPanel, FindingsPanel, RefusalsPanel } from './attention-panels.tsx';
import { ChangesPanel } from './changes-panel.tsx';
import { HealthPanel } from './health-panel.tsx';
import { LivePanel } from './live-panel.tsx';
import styles from './overview.module.css';

export function OverviewPage(): ReactElement {
  const auditor = useMay('auditor');
  const { identity } = useSession();
  if (!auditor) {
    return (
      <Page
        title="Overview"
        lead={
          <>
            Signed in as <SafeText text={identity.name} />.
          </>
        }
      >
        <NoPermission needs="auditor" what="Reading the record" />
      </Page>
    );
  }
  return (
    <Page title="Overview" lead={<Lead />}>
      <Questions />
      <div className={styles.grid}>
        <div className={styles.column}>
          <LivePanel />
          <ChangesPanel />
        </div>
        <div className={styles.column}>
          <FindingsPanel />
          <RefusalsPanel />
          <AskedPanel />
          <HealthPanel />
        </div>
      </div>
    </Page>
  );
}

function Lead(): ReactElement | null {
  const { data } = useQuery(statusQuery);
  if (!data) return <>&nbsp;</>;
  return (
    <>
      <SafeText text={data.name} />, version {data.version}, up since <Time time={data.started} />
    </>
  );
}

const QUESTIONS = [
  {
    icon: 'overview',
    ask: 'Who created this dashboard?',
    q: 'op:CreateDashboard',
    columns: 'time,who,on,session,result',
  },
  {
    icon: 'warning',
    ask: 'Which alert rule was altered before the outage?',
    q: 'resource:monitor action:(update OR delete) since:24h',
    columns: 'time,who,action,on,risk,result',
  },
  {
    icon: 'shield',
    ask: 'Did an agent query a metric that reveals a security spike?',
    q: 'metric:(*auth* OR *login* OR *security* OR *threat*) since:7d',
    columns: 'time,who,on,operation,session',
  },
] as const satisfies readonly { icon: IconName; ask: string; q: string; columns: string }[];

/** The questions of an incident, each a search to begin with. */
function Questions(): ReactElement {
  return (
    <nav className={styles.questions} aria-label="Questions after an incident">
      {QUESTIONS.map(({ icon, ask, q, columns }) => (
        <Link key={ask} to="/search" search={{ q, columns }} className={styles.question}>
          <Icon name={icon} />
          <span>{ask}</span>
          <Icon name="right" size={14} />
        </Link>
      ))}
    </nav>
  );
}
