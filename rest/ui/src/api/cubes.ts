import { toWire, type PartitionRange } from '../lib/offsets';
import { path, read, request } from './client';
import type { Cube, Hole, Job, Ledger, Partition, PlannedRange, Segment, SegmentLedger, Skipped } from './types';

/** Tip of every partition, as Kylin's clients say it. */
const TIP = 9223372036854775807n;

export const listCubes = (signal?: AbortSignal) => read<Cube[]>('/cubes', { query: { segments: 'false', limit: 10_000 }, signal });

export const getCube = (name: string, signal?: AbortSignal) =>
  read<Cube>(path`/cubes/${name}`, { query: { segments: 'false' }, signal });

const PAGE = 2000;

/** All segments, in order of their offsets. */
export async function listSegments(name: string, signal?: AbortSignal): Promise<Segment[]> {
  const all: Segment[] = [];
  for (;;) {
    const { body, headers } = await request<Segment[]>(path`/cubes/${name}/segments`, {
      query: { offset: all.length, limit: PAGE },
      signal,
    });
    all.push(...body);
    const total = Number(headers.get('X-Total-Count') ?? all.length);
    if (body.length === 0 || all.length >= total) return all;
  }
}

export const listPartitions = (name: string, signal?: AbortSignal) =>
  read<Partition[]>(path`/cubes/${name}/partitions`, { signal });

export const listHoles = (name: string, signal?: AbortSignal) => read<Hole[]>(path`/cubes/${name}/holes`, { signal });

export const getLedger = (name: string, signal?: AbortSignal) => read<Ledger>(path`/cubes/${name}/ledger`, { signal });

export const getSegmentLedger = (name: string, segment: string, signal?: AbortSignal) =>
  read<SegmentLedger>(path`/cubes/${name}/segments/${segment}/ledger`, { signal });

export interface Fill {
  readonly hole: string;
  readonly ranges: readonly PartitionRange[] | null;
  readonly maxOffsetsPerSegment: bigint | null;
}

export interface Filled<T> {
  readonly made: readonly T[];
  readonly skipped: readonly Skipped[];
}

/** The body of the request; the end of a range is exclusive on the wire. */
export function fillBody(what: Fill, dryRun: boolean): Record<string, unknown> {
  return {
    holes: [what.hole],
    ...(what.ranges && { offsets: Object.fromEntries(what.ranges.map((range) => [String(range.partition), [range.start, range.end]])) }),
    ...(what.maxOffsetsPerSegment !== null && { maxOffsetsPerSegment: what.maxOffsetsPerSegment }),
    ...(dryRun && { dryRun }),
  };
}

async function fill<T>(name: string, what: Fill, dryRun: boolean): Promise<Filled<T>> {
  const { body, headers } = await request<T[]>(path`/cubes/${name}/holes`, {
    method: 'PUT',
    body: fillBody(what, dryRun),
  });
  const skipped = headers.get('X-Kirin-Skipped');
  return { made: body, skipped: skipped ? (JSON.parse(skipped) as Skipped[]) : [] };
}

export const planFill = (name: string, what: Fill) => fill<PlannedRange>(name, what, true);
export const fillHole = (name: string, what: Fill) => fill<Job>(name, what, false);

export const buildToTip = (name: string) =>
  read<Job>(path`/cubes/${name}/build2`, {
    method: 'PUT',
    body: { sourceOffsetStart: 0, sourceOffsetEnd: TIP, buildType: 'BUILD' },
  });

export function buildRange(name: string, ranges: readonly PartitionRange[]): Promise<Job> {
  const maps = toWire(ranges);
  const sum = (of: (range: PartitionRange) => bigint) => ranges.reduce((all, range) => all + of(range), 0n);
  return read<Job>(path`/cubes/${name}/build2`, {
    method: 'PUT',
    body: {
      sourceOffsetStart: sum((range) => range.start),
      sourceOffsetEnd: sum((range) => range.end),
      sourcePartitionOffsetStart: maps.source_partition_offset_start,
      sourcePartitionOffsetEnd: maps.source_partition_offset_end,
      buildType: 'BUILD',
    },
  });
}

export const deleteSegment = (name: string, segment: string) =>
  read<Cube>(path`/cubes/${name}/segs/${segment}`, { method: 'DELETE' });
export const enableCube = (name: string) => read<Cube>(path`/cubes/${name}/enable`, { method: 'PUT' });
export const disableCube = (name: string) => read<Cube>(path`/cubes/${name}/disable`, { method: 'PUT' });
export const purgeCube = (name: string) => read<Cube>(path`/cubes/${name}/purge`, { method: 'PUT' });
export const dropCube = (name: string) => read<unknown>(path`/cubes/${name}`, { method: 'DELETE' });
export const cloneCube = (name: string, cubeName: string) =>
  read<Cube>(path`/cubes/${name}/clone`, { method: 'PUT', body: { cubeName, project: 'default' } });
