import type { Model } from '../../pictures/model';

function Swatch({ of }: { of: string }) {
  return <svg width="18" height="12" aria-hidden="true"><path class={of} d="M0.5 0.5h17v11h-17z" /></svg>;
}

export function Legend({ model }: { model: Model }) {
  return (
    <div class="legend">
      <span><Swatch of="bars ready" />ready</span>
      {model.building > 0 && <span><Swatch of="bars building" />building</span>}
      {model.holes > 0 && <span><Swatch of="bar-hole" />hole</span>}
      {model.holes > 0 && <span><Swatch of="bar-hole expired" />gone from Kafka</span>}
      <span><Swatch of="bar-lag" />not built yet</span>
      <span><svg width="18" height="12" aria-hidden="true"><path class="in-kafka" d="M0 6h18" /></svg>still in Kafka</span>
    </div>
  );
}
