import { useRef, useState } from 'preact/hooks';
import { offsetName } from '../lib/time';
import { Icon } from '../parts/Icon';
import { now } from '../state/clock';
import { browserZone, chooseZone, findZones, sharedZone, zone, zoneLabel } from '../state/zone';

export function ZonePicker() {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        class="button plain"
        aria-haspopup="listbox"
        aria-expanded={isOpen}
        aria-label={`Time zone: ${zone.value}`}
        title={`Times are shown in ${zone.value}${sharedZone.value ? ', as the address says' : ''}`}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="globe" />
        <span class="hide-narrow">{zoneLabel.value}</span>
      </button>
      {isOpen && <ZoneList onClose={() => {
        setOpen(false);
        button.current?.focus();
      }} />}
    </>
  );
}

function ZoneList({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const found = findZones(text).slice(0, 200);
  const choose = (name: string | undefined) => {
    if (!name) return;
    chooseZone(name === browserZone ? null : name);
    onClose();
  };
  return (
    <div
      class="popover"
      style={{ top: 44, right: 8, width: 300, zIndex: 30 }}
      ref={(element) => element?.querySelector('input')?.focus()}
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) onClose();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
        else if (event.key === 'ArrowDown') setActive(Math.min(found.length - 1, active + 1));
        else if (event.key === 'ArrowUp') setActive(Math.max(0, active - 1));
        else if (event.key === 'Enter') choose(found[active]);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <input
        class="text"
        style={{ width: '100%', marginBottom: 4 }}
        type="text"
        role="combobox"
        aria-label="Time zone"
        aria-expanded="true"
        aria-controls="zone-list"
        aria-activedescendant={found.length > 0 ? `zone-${active}` : undefined}
        placeholder="Find a zone"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
      />
      <div id="zone-list" role="listbox" aria-label="Time zones" style={{ maxHeight: 320, overflow: 'auto' }} tabIndex={-1}>
        {found.map((name, i) => (
          <div
            key={name}
            id={`zone-${i}`}
            role="option"
            aria-selected={name === zone.value}
            class={`menu-item${i === active ? ' active' : ''}`}
            ref={(element) => {
              if (element && i === active) element.scrollIntoView({ block: 'nearest' });
            }}
            onMouseDown={(event) => {
              event.preventDefault();
              choose(name);
            }}
          >
            <span class="grow cut">{name.replaceAll('_', ' ')}{name === browserZone ? ' (browser)' : ''}</span>
            <span class="quiet num">{offsetName(now.peek(), name)}</span>
          </div>
        ))}
        {found.length === 0 && <div class="menu-item quiet">No zone is named so.</div>}
      </div>
    </div>
  );
}
