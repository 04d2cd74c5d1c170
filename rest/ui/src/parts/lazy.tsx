import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Fault, SkeletonRows } from './region';

/** A part of the pages that is fetched when it is first shown. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [part, setPart] = useState<{ shown: ComponentType<P> | null }>({ shown: loaded });
    const [error, setError] = useState<Error | null>(null);
    const [attempt, setAttempt] = useState(0);
    useEffect(() => {
      if (part.shown) return;
      setError(null);
      load().then(
        (component) => {
          loaded = component;
          setPart({ shown: component });
        },
        () => setError(new Error('A part of this page could not be fetched. Perhaps the server was updated; reload the page.')),
      );
    }, [attempt]);
    const Shown = part.shown;
    if (Shown) return <Shown {...props} />;
    if (error) return <div style={{ padding: 16 }}><Fault error={error} retry={() => setAttempt(attempt + 1)} /></div>;
    return <SkeletonRows />;
  };
}
