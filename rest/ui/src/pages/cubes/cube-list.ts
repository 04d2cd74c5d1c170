import type { Cube } from '../../api/types';
import type { CubesRoute } from '../../lib/route';

export const sizeOf = (cube: Cube): number => cube.size_kb * 1024;

export function filterCubes(cubes: readonly Cube[], text: string, state: CubesRoute['state']): Cube[] {
  const wanted = text.trim().toLowerCase();
  const hasState = (cube: Cube) =>
    state === null || (state === 'holes' ? cube.holes_count > 0 : state === 'ready' ? cube.status === 'READY' : !cube.enabled);
  return cubes.filter((cube) => hasState(cube) && `${cube.name} ${cube.model} ${cube.topic ?? ''}`.toLowerCase().includes(wanted));
}

const VALUES: Record<string, (cube: Cube) => string | number | null> = {
  name: (cube) => cube.name,
  state: (cube) => cube.status,
  rows: (cube) => cube.input_records_count,
  size: sizeOf,
  lag: (cube) => cube.lag ?? null,
  // The freshest first: the least age is the greatest time.
  fresh: (cube) => (cube.last_event_time ? -cube.last_event_time : null),
  holes: (cube) => cube.holes_count,
  segments: (cube) => cube.segments_count ?? cube.segments.length,
  built: (cube) => cube.last_build_time || null,
};

/** What is unknown stands last, whichever way it is sorted. */
export function sortCubes(cubes: readonly Cube[], by: string): Cube[] {
  const sign = by.startsWith('-') ? -1 : 1;
  const value = VALUES[by.replace(/^-/, '')] ?? VALUES.name!;
  return [...cubes].sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === null || right === null) return left === right ? a.name.localeCompare(b.name) : left === null ? 1 : -1;
    const order = typeof left === 'string' ? left.localeCompare(String(right)) : left - Number(right);
    return order !== 0 ? order * sign : a.name.localeCompare(b.name);
  });
}
