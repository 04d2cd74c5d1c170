import './cubes.css';
import { useState } from 'preact/hooks';
import { getCube } from '../../api/cubes';
import type { Cube } from '../../api/types';
import { cube as cubeRoute, format, type CubeRoute } from '../../lib/route';
import { Blank, Region } from '../../parts/region';
import { Icon } from '../../parts/Icon';
import { useData } from '../../state/data';
import { BuildDialog } from './BuildDialog';
import { CloneDialog } from './CloneDialog';
import { CubeState } from './CubesPage';
import { disable, drop, enable, purge } from './cube-actions';
import { DefinitionTab } from './DefinitionTab';
import { LedgerTab } from './LedgerTab';
import { OverviewTab } from './OverviewTab';
import { SegmentsTab } from './SegmentsTab';
import { Title } from '../../parts/Title';

const TABS = [['overview', 'Overview'], ['segments', 'Segments'], ['ledger', 'Ledger'], ['definition', 'Definition']] as const;

export function CubePage({ at }: { at: CubeRoute }) {
  const cube = useData({ key: ['cube', at.cube, 'cube'], read: (signal) => getCube(at.cube, signal), every: 15_000 });
  if (cube.error?.status === 404 && !cube.data) {
    return (
      <>
        <Title unseen>{at.cube}</Title>
        <Blank icon="box" title={`There is no cube ${at.cube}`} action={<a class="button" href="/cubes">Open Cubes</a>} />
      </>
    );
  }
  return (
    <>
      <div class="page-head">
        <Title><a href="/cubes" class="quiet">Cubes</a><span class="quiet" aria-hidden="true">/</span>{at.cube}</Title>
        {cube.data && <CubeState cube={cube.data} />}
        <nav class="tabs" aria-label="Of the cube">
          {TABS.map(([tab, text]) => <a key={tab} href={format(cubeRoute(at.cube, { tab }))} aria-current={at.tab === tab ? 'page' : undefined}>{text}</a>)}
        </nav>
        <span class="grow" />
        {cube.data && <Actions cube={cube.data} />}
      </div>
      <Region of={cube}>
        {(data) => (
          <div class="page-body">
            {at.tab === 'overview' && <OverviewTab cube={data} />}
            {at.tab === 'segments' && <SegmentsTab cube={data} at={at} />}
            {at.tab === 'ledger' && <LedgerTab cube={data} at={at} />}
            {at.tab === 'definition' && <DefinitionTab cube={data} />}
          </div>
        )}
      </Region>
    </>
  );
}

function Actions({ cube }: { cube: Cube }) {
  const [open, setOpen] = useState<'build' | 'clone' | null>(null);
  const close = () => setOpen(null);
  return (
    <div class="row">
      {cube.enabled
        ? <button type="button" class="button" onClick={() => disable(cube)}>Disable</button>
        : <button type="button" class="button" onClick={() => enable(cube)}>Enable</button>}
      <button type="button" class="button" onClick={() => setOpen('clone')}>Clone</button>
      <button type="button" class="button" onClick={() => purge(cube)}>Purge</button>
      <button type="button" class="button" onClick={() => drop(cube)}>Drop</button>
      <button type="button" class="button primary" onClick={() => setOpen('build')}><Icon name="hammer" />Build</button>
      {open === 'build' && <BuildDialog cube={cube} onClose={close} />}
      {open === 'clone' && <CloneDialog cube={cube} onClose={close} />}
    </div>
  );
}
