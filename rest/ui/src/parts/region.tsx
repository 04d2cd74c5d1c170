/** What a region shows while it has nothing to show. */
import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/client';
import type { Reading } from '../state/data';
import { Icon, type IconName } from './Icon';

export function Blank({ icon = 'empty', title, children, action }: {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
  action?: ComponentChildren;
}) {
  return (
    <div class="blank">
      <Icon name={icon} />
      <strong>{title}</strong>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

export function Fault({ error, retry }: { error: ApiError | Error; retry?: (() => void) | undefined }) {
  const id = 'requestId' in error ? error.requestId : null;
  return (
    <div class="fault" role="alert">
      <Icon name="ban" />
      <div class="grow">
        <p>{error.message}</p>
        {id && <p class="quiet">Request {id}</p>}
      </div>
      {retry && <button type="button" class="button small" onClick={retry}>Retry</button>}
    </div>
  );
}

export function SkeletonRows({ rows = 6, height = 28 }: { rows?: number; height?: number }) {
  return (
    <div aria-hidden="true">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} style={{ height, padding: '9px 12px' }}>
          <div class="skeleton" style={{ height: 10, width: `${[62, 48, 71, 55, 66, 43][i % 6]}%` }} />
        </div>
      ))}
    </div>
  );
}

/** Loading, failed, or there: the three that every region of data has. */
export function Region<T>({ of, children, rows }: {
  of: Reading<T>;
  rows?: number;
  children: (data: T) => ComponentChildren;
}) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <div style={{ padding: 16 }}><Fault error={of.error} retry={of.retry} /></div>;
  return (
    <>
      <span class="unseen" role="status">Loading</span>
      <SkeletonRows rows={rows ?? 6} />
    </>
  );
}

export function Refreshing({ of }: { of: Pick<Reading<unknown>, 'isRefreshing'> }) {
  return of.isRefreshing ? <div class="refreshing" aria-hidden="true" /> : null;
}
