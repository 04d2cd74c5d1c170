import alert from 'lucide-static/icons/triangle-alert.svg?raw';
import ban from 'lucide-static/icons/octagon-x.svg?raw';
import bell from 'lucide-static/icons/bell.svg?raw';
import box from 'lucide-static/icons/box.svg?raw';
import calendar from 'lucide-static/icons/calendar-clock.svg?raw';
import check from 'lucide-static/icons/check.svg?raw';
import chevron from 'lucide-static/icons/chevron-right.svg?raw';
import close from 'lucide-static/icons/x.svg?raw';
import copy from 'lucide-static/icons/copy.svg?raw';
import down from 'lucide-static/icons/arrow-down.svg?raw';
import download from 'lucide-static/icons/download.svg?raw';
import empty from 'lucide-static/icons/inbox.svg?raw';
import fit from 'lucide-static/icons/maximize-2.svg?raw';
import globe from 'lucide-static/icons/globe.svg?raw';
import hammer from 'lucide-static/icons/hammer.svg?raw';
import help from 'lucide-static/icons/circle-question-mark.svg?raw';
import history from 'lucide-static/icons/history.svg?raw';
import link from 'lucide-static/icons/link.svg?raw';
import minus from 'lucide-static/icons/minus.svg?raw';
import moon from 'lucide-static/icons/moon.svg?raw';
import more from 'lucide-static/icons/ellipsis.svg?raw';
import pause from 'lucide-static/icons/pause.svg?raw';
import play from 'lucide-static/icons/play.svg?raw';
import plus from 'lucide-static/icons/plus.svg?raw';
import save from 'lucide-static/icons/bookmark.svg?raw';
import search from 'lucide-static/icons/search.svg?raw';
import stop from 'lucide-static/icons/square.svg?raw';
import sun from 'lucide-static/icons/sun.svg?raw';
import system from 'lucide-static/icons/monitor.svg?raw';
import trash from 'lucide-static/icons/trash-2.svg?raw';
import up from 'lucide-static/icons/arrow-up.svg?raw';
import user from 'lucide-static/icons/user.svg?raw';

const sources = {
  alert, ban, bell, box, calendar, check, chevron, close, copy, down, download, empty, fit, globe, hammer, help, history,
  link, minus, moon, more, pause, play, plus, save, search, stop, sun, system, trash, up, user,
};

export type IconName = keyof typeof sources;

const inner = (source: string) => source.slice(source.indexOf('>', source.indexOf('<svg')) + 1, source.lastIndexOf('</svg>'));

const shapes = Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, inner(source)]));

/** Always beside words or a label, so never read out itself. */
export function Icon({ name }: { name: IconName }) {
  return (
    <span class="icon" aria-hidden="true">
      <svg
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        stroke-width="2"
        stroke-linecap="round"
        stroke-linejoin="round"
        dangerouslySetInnerHTML={{ __html: shapes[name]! }}
      />
    </span>
  );
}
