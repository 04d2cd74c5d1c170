import { describe, expect, it } from 'vitest';
import { cube, cubes, format, insight, isServerPath, monitor, parse, type Route } from './route';

const read = (address: string): Route => {
  const url = new URL(address, 'http://localhost');
  return parse(url.pathname, url.search);
};

describe('route', () => {
  const routes: Route[] = [
    monitor(),
    monitor({ view: 'schedules' }),
    monitor({ states: ['RUNNING', 'ERROR'], cube: 'a b&c', period: 'all', text: 'ä/?#' }),
    monitor({ job: '3afd6e75-f921', tab: 'parameters', step: 1, line: 812 }),
    cubes(),
    cubes({ text: 'sales', state: 'holes', sort: '-lag' }),
    cube('sales'),
    cube('größe/2', { tab: 'segments', view: 'offset', from: -1500, to: 1357036140000, segment: '0_26466', hole: '1_2', scale: 'offsets' }),
    insight(),
  ];

  it.each(routes.map((route) => [format(route), route] as const))('%s comes back', (address, route) => {
    expect(read(address)).toEqual(route);
  });

  it('leaves defaults out', () => {
    expect(format(monitor())).toBe('/monitor');
    expect(format(monitor({ states: ['RUNNING', 'ERROR'] }))).toBe('/monitor?state=running,error');
    expect(format(cube('sales'))).toBe('/cubes/sales/overview');
  });

  it('opens the monitor at the root', () => {
    expect(read('/')).toEqual(monitor());
    expect(read('/?state=error')).toEqual(monitor({ states: ['ERROR'] }));
  });

  it('forgives what it does not know', () => {
    expect(read('/monitor?state=foo&time=ever&step=x')).toEqual(monitor());
    expect(read('/cubes/sales')).toEqual(cube('sales'));
  });

  it('does not know every path', () => {
    expect(read('/cubes/sales/lattice').page).toBe('unknown');
    expect(read('/system').page).toBe('unknown');
    expect(isServerPath('/api')).toBe(true);
    expect(isServerPath('/apis')).toBe(false);
  });
});
