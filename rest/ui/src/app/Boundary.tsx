import { Component, type ComponentChildren } from 'preact';
import { Fault } from '../parts/region';

/** A fault of a page leaves the frame alive. */
export class Boundary extends Component<{ children: ComponentChildren }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static override getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: unknown) {
    console.error(error);
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div class="page-body">
        <h1 tabIndex={-1}>This page failed</h1>
        <Fault error={error} retry={() => this.setState({ error: null })} />
        <pre class="quiet" style={{ overflow: 'auto' }}>{error.stack}</pre>
      </div>
    );
  }
}
