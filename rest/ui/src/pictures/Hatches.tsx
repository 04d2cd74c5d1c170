/** Fills that tell states apart without colour. */
export function Hatches() {
  return (
    <svg width="0" height="0" aria-hidden="true" style={{ position: 'absolute' }}>
      <defs>
        <pattern id="hole" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hole-ground" width="7" height="7" />
          <rect class="hole-line" width="2" height="7" />
        </pattern>
        <pattern id="expired" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hole-ground" width="7" height="7" />
          <rect class="hole-line" width="1.6" height="7" />
          <rect class="hole-line" width="7" height="1.6" />
        </pattern>
        <pattern id="lag" width="5" height="5" patternUnits="userSpaceOnUse">
          <circle class="lag-dot" cx="2.5" cy="2.5" r="0.9" />
        </pattern>
        <pattern id="nothing" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="nothing-line" width="1" height="5" />
        </pattern>
      </defs>
    </svg>
  );
}
