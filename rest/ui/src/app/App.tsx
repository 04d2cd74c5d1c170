import { loginNeeded } from '../api/client';
import { Confirms } from '../parts/Confirm';
import { Blank } from '../parts/region';
import { Toasts } from '../parts/Toasts';
import { Tip } from '../parts/Tip';
import { lazy } from '../parts/lazy';
import { route } from '../state/router';
import { MonitorPage } from '../pages/monitor/MonitorPage';
import { Boundary } from './Boundary';
import { Header } from './Header';
import { Keys } from './Keys';
import { Login } from './Login';
import { StaleLine } from './StaleLine';
import { Title } from '../parts/Title';

const CubesPage = lazy(() => import('../pages/cubes/CubesPage').then((module) => module.CubesPage));
const CubePage = lazy(() => import('../pages/cubes/CubePage').then((module) => module.CubePage));
const InsightPage = lazy(() => import('../pages/insight/InsightPage').then((module) => module.InsightPage));

export function App() {
  if (loginNeeded.value) {
    return (
      <>
        <Login />
        <Toasts />
      </>
    );
  }
  return (
    <div class="frame">
      <a class="button skip" href="#main" onClick={(event) => {
        event.preventDefault();
        document.querySelector<HTMLElement>('h1')?.focus();
      }}>Skip to the page</a>
      <Header />
      <StaleLine />
      <Page />
      <Toasts />
      <Confirms />
      <Keys />
      <Tip />
    </div>
  );
}

function Page() {
  const at = route.value;
  const isFixed = at.page === 'monitor' || at.page === 'cubes' || at.page === 'insight';
  return (
    <main id="main" class={isFixed ? 'fixed' : ''}>
      <Boundary key={at.page === 'cube' ? `cube ${at.cube}` : at.page}>
        {at.page === 'monitor' && <MonitorPage at={at} />}
        {at.page === 'cubes' && <CubesPage at={at} />}
        {at.page === 'cube' && <CubePage at={at} />}
        {at.page === 'insight' && <InsightPage />}
        {at.page === 'unknown' && <Unknown path={at.path} />}
      </Boundary>
    </main>
  );
}

function Unknown({ path }: { path: string }) {
  return (
    <>
      <Title unseen>Not found</Title>
      <Blank title="There is no such page" action={<a class="button" href="/monitor">Open Monitor</a>}>
        Nothing lies at <code>{path}</code>.
      </Blank>
    </>
  );
}
