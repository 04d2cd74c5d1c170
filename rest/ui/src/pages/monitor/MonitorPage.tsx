import './monitor.css';
import { listAlerts, listSchedules } from '../../api/schedules';
import type { MonitorRoute } from '../../lib/route';
import { format, monitor } from '../../lib/route';
import { useData } from '../../state/data';
import { AlertsView } from './AlertsView';
import { JobsView } from './JobsView';
import { SchedulesView } from './SchedulesView';
import { Title } from '../../parts/Title';

export function MonitorPage({ at }: { at: MonitorRoute }) {
  const alerts = useData({ key: ['alerts'], read: listAlerts, every: 30_000 });
  const schedules = useData({ key: ['schedules'], read: listSchedules });
  const bad = alerts.data?.some((alert) => alert.level === 'error');
  return (
    <>
      <div class="page-head">
        <Title>Monitor</Title>
        <nav class="tabs" aria-label="Views of the Monitor">
          <a href={format(monitor())} aria-current={at.view === 'jobs' ? 'page' : undefined}>Jobs</a>
          <a href={format(monitor({ view: 'schedules' }))} aria-current={at.view === 'schedules' ? 'page' : undefined}>
            Schedules{schedules.data && schedules.data.length > 0 && <span class="badge">{schedules.data.length}</span>}
          </a>
          <a href={format(monitor({ view: 'alerts' }))} aria-current={at.view === 'alerts' ? 'page' : undefined}>
            Alerts{alerts.data && alerts.data.length > 0 && <span class={`badge${bad ? ' error' : ''}`}>{alerts.data.length}</span>}
          </a>
        </nav>
      </div>
      {at.view === 'jobs' && <JobsView at={at} />}
      {at.view === 'schedules' && <SchedulesView schedules={schedules} />}
      {at.view === 'alerts' && <AlertsView alerts={alerts} />}
    </>
  );
}
