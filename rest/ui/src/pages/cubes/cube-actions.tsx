import { deleteSegment, disableCube, dropCube, enableCube, purgeCube } from '../../api/cubes';
import type { Cube, Segment } from '../../api/types';
import { bytes, count, counted } from '../../lib/format';
import { ask } from '../../parts/Confirm';
import { client } from '../../state/data';
import { go } from '../../state/router';
import { tell, tellError } from '../../state/toasts';
import { length, rangesOf, total } from '../../lib/offsets';
import { sizeOf } from './cube-list';

/** What an action of this page changed is read again before the stream tells. */
export async function rereadCube(name: string): Promise<void> {
  const keys = [['cube', name], ['cubes'], ['alerts'], ['jobs'], ['tables']];
  await Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
}

export function enable(cube: Cube): void {
  enableCube(cube.name).then(() => {
    tell(`Enabled ${cube.name}.`, { undo: { text: 'Disable', run: () => disable(cube) } });
    return rereadCube(cube.name);
  }, tellError);
}

export function disable(cube: Cube): void {
  disableCube(cube.name).then(() => {
    tell(`Disabled ${cube.name}: queries do not use it.`, { undo: { text: 'Enable', run: () => enable(cube) } });
    return rereadCube(cube.name);
  }, tellError);
}

export function purge(cube: Cube): void {
  const segments = cube.segments_count ?? cube.segments.length;
  ask({
    title: `Purge ${cube.name}?`,
    body: (
      <>
        <p>{counted(segments, 'segment')} with {count(cube.input_records_count)} rows and {bytes(sizeOf(cube))} are deleted for good. The next build starts at the cube's first offsets, as far as Kafka still has them.</p>
        <p class="quiet">The definition stays. A cube that builds has to be disabled first.</p>
      </>
    ),
    action: `Purge ${counted(segments, 'segment')}`,
    typed: cube.name,
    run: async () => {
      await purgeCube(cube.name);
      tell(`Purged ${cube.name}.`);
      await rereadCube(cube.name);
    },
  });
}

export function drop(cube: Cube): void {
  const segments = cube.segments_count ?? cube.segments.length;
  ask({
    title: `Drop ${cube.name}?`,
    body: (
      <>
        <p>The definition, {counted(segments, 'segment')} with {count(cube.input_records_count)} rows, and its schedule are deleted for good.</p>
        <p class="quiet">Kafka's messages stay. Queries that need this cube fail from then on.</p>
      </>
    ),
    action: 'Drop 1 cube',
    typed: cube.name,
    run: async () => {
      await dropCube(cube.name);
      tell(`Dropped ${cube.name}.`);
      go('/cubes');
      client.removeQueries({ queryKey: ['cube', cube.name] });
      await rereadCube(cube.name);
    },
  });
}

export function removeSegment(cube: string, segment: Segment, done: () => void): void {
  const ranges = rangesOf(segment);
  ask({
    title: `Delete segment ${segment.name} of ${cube}?`,
    body: (
      <>
        <p>
          {count(segment.input_records)} rows and {bytes(segment.bytes ?? segment.size_kb * 1024)} are deleted for good. Its {count(total(ranges))} offsets
          ({ranges.slice(0, 3).map((range) => `p${range.partition}: ${count(length(range))}`).join(', ')}{ranges.length > 3 ? ', …' : ''}) become a hole,
          or at the end of the cube the start of the next build.
        </p>
        <p class="quiet">The hole can be filled while Kafka keeps the messages.</p>
      </>
    ),
    action: 'Delete 1 segment',
    run: async () => {
      await deleteSegment(cube, segment.uuid ?? segment.name);
      tell(`Deleted segment ${segment.name}.`);
      done();
      await rereadCube(cube);
    },
  });
}
