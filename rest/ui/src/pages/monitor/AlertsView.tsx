import type { Alert } from '../../api/types';
import { Icon } from '../../parts/Icon';
import { Blank, Region } from '../../parts/region';
import { Age } from '../../parts/time';
import type { Reading } from '../../state/data';

export function AlertsView({ alerts }: { alerts: Reading<Alert[]> }) {
  return (
    <div class="page-scroll">
      <Region of={alerts}>
        {(all) =>
          all.length === 0 ? (
            <Blank icon="check" title="No alerts">No job failed or was paused, no hole is open, and every topic answers.</Blank>
          ) : (
            <table class="table">
              <caption class="unseen">What needs a person now</caption>
              <thead><tr><th>Level</th><th>Cube</th><th>Kind</th><th>What</th><th>Since</th><th><span class="unseen">Link</span></th></tr></thead>
              <tbody>
                {[...all].sort((a, b) => Number(b.level === 'error') - Number(a.level === 'error') || b.since - a.since).map((alert) => (
                  <tr key={alert.id}>
                    <td><span class={`state ${alert.level}-text`}><Icon name={alert.level === 'error' ? 'ban' : 'alert'} />{alert.level === 'error' ? 'Error' : 'Warning'}</span></td>
                    <td class="nowrap">{alert.cube ?? <span class="quiet">-</span>}</td>
                    <td class="nowrap quiet">{alert.kind.replaceAll('_', ' ')}</td>
                    <td style={{ paddingBlock: 4 }}>{alert.text}</td>
                    <td class="nowrap"><Age at={alert.since} /></td>
                    <td class="right">{alert.link && <a href={alert.link}>Show<span class="unseen"> {alert.kind} of {alert.cube}</span></a>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Region>
    </div>
  );
}
