import mark from './mark.svg';
import { currentUser } from '../api/session';
import { listAlerts } from '../api/schedules';
import { monitor, format } from '../lib/route';
import { Icon } from '../parts/Icon';
import { useData } from '../state/data';
import { liveStatus } from '../state/live-status';
import { route } from '../state/router';
import { theme, type Theme } from '../state/theme';
import { isHelpOpen } from './Keys';
import { ZonePicker } from './ZonePicker';

const PAGES = [
  { page: 'monitor', to: '/monitor', text: 'Monitor' },
  { page: 'cubes', to: '/cubes', text: 'Cubes' },
  { page: 'insight', to: '/insight', text: 'Insight' },
] as const;

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const THEME_ICON = { system: 'system', light: 'sun', dark: 'moon' } as const;

export function Header() {
  const here = route.value.page === 'cube' ? 'cubes' : route.value.page;
  return (
    <header class="top">
      <a class="brand" href="/monitor" aria-label="Kirin, to the Monitor"><img src={mark} alt="" />Kirin</a>
      <nav class="tabs" aria-label="Pages">
        {PAGES.map(({ page, to, text }) => (
          <a key={page} href={to} aria-current={here === page ? 'page' : undefined}>{text}</a>
        ))}
      </nav>
      <div class="tools">
        <Live />
        <Alerts />
        <ZonePicker />
        <button
          type="button"
          class="button plain icon-only"
          aria-label={`Theme: ${theme.value}`}
          title={`Theme: ${theme.value}. Next: ${NEXT[theme.value]}`}
          onClick={() => {
            theme.value = NEXT[theme.value];
          }}
        >
          <Icon name={THEME_ICON[theme.value]} />
        </button>
        <button type="button" class="button plain icon-only" aria-label="Keys" title="Keys (?)" onClick={() => {
          isHelpOpen.value = true;
        }}>
          <Icon name="help" />
        </button>
        <a class="button plain" href="/api" title="The HTTP interface">API</a>
        <Who />
      </div>
    </header>
  );
}

function Live() {
  const { state } = liveStatus.value;
  const text = { live: 'Live', connecting: 'Connecting', stopped: 'Stopped' }[state];
  return <span class={`live hide-narrow ${state}`} title="Updates come as they happen"><i aria-hidden="true" />{text}</span>;
}

function Alerts() {
  const alerts = useData({ key: ['alerts'], read: listAlerts, every: 30_000 });
  const count = alerts.data?.length ?? 0;
  const isBad = alerts.data?.some((alert) => alert.level === 'error') ?? false;
  return (
    <a class="button plain" href={format(monitor({ view: 'alerts' }))} title={count === 0 ? 'No alerts' : undefined} aria-label={count === 1 ? '1 alert' : `${count} alerts`}>
      <Icon name="bell" />
      {count > 0 && <span class={`badge${isBad ? ' error' : ''}`}>{count}</span>}
    </a>
  );
}

function Who() {
  const user = useData({ key: ['user'], read: currentUser, every: 300_000 });
  if (!user.data) return null;
  return <span class="live hide-narrow" title="You are signed in as this user"><Icon name="user" />{user.data.username}</span>;
}
