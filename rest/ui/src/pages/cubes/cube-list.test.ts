import { describe, expect, it } from 'vitest';
import type { Cube } from '../../api/types';
import { filterCubes, sortCubes } from './cube-list';

const cube = (name: string, given: Partial<Cube> = {}) =>
  ({ name, model: 'm', topic: `topic_${name}`, status: 'READY', enabled: true, holes_count: 0, input_records_count: 0, segments: [], ...given }) as unknown as Cube;

const all = [cube('b', { lag: 5, holes_count: 2 }), cube('a', { lag: null }), cube('c', { lag: 0, enabled: false, status: 'DISABLED' })];
const names = (cubes: readonly Cube[]) => cubes.map((one) => one.name).join('');

describe('list of cubes', () => {
  it('filters by text and state', () => {
    expect(names(filterCubes(all, 'TOPIC_B', null))).toBe('b');
    expect(names(filterCubes(all, '', 'holes'))).toBe('b');
    expect(names(filterCubes(all, '', 'disabled'))).toBe('c');
    expect(names(filterCubes(all, '', 'ready'))).toBe('ba');
  });

  it('sorts both ways and keeps unknown last', () => {
    expect(names(sortCubes(all, 'name'))).toBe('abc');
    expect(names(sortCubes(all, 'lag'))).toBe('cba');
    expect(names(sortCubes(all, '-lag'))).toBe('bca');
    expect(names(sortCubes(all, 'nonsense'))).toBe('abc');
  });
});
