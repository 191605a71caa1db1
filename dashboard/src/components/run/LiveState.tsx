import { CircleCheck, CloudOff, Radio, RefreshCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Badge } from '@/components/Badge';
import type { FeedState } from '@/lib/sse';

const LOOKS = {
  connecting: { tone: 'neutral', icon: RefreshCw },
  live: { tone: 'success', icon: Radio },
  reconnecting: { tone: 'warning', icon: RefreshCw },
  polling: { tone: 'warning', icon: CloudOff },
  ended: { tone: 'neutral', icon: CircleCheck },
} as const satisfies Record<FeedState, object>;

/** How fresh the page is, told by the stream of events. */
export function LiveState({ state }: { state: FeedState }) {
  const { t } = useTranslation('run');
  const turns = state === 'connecting' || state === 'reconnecting';
  const isTrouble = state === 'reconnecting' || state === 'polling';
  return (
    <span role="status" title={t(`feedHint.${state}`)}>
      <Badge {...LOOKS[state]} isTurning={turns}>
        {/* On a phone there is no room for words beside the other badges: only trouble has some. */}
        <span className={isTrouble ? '' : 'max-sm:sr-only'}>{t(`feed.${state}`)}</span>
      </Badge>
    </span>
  );
}
