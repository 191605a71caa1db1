import { useTranslation } from 'react-i18next';
import { Button } from './Button';

interface LoadMoreProps {
  hasMore: boolean;
  busy: boolean;
  onMore: () => void;
}

/** The end of a list that is read page by page. */
export function LoadMore({ hasMore, busy, onMore }: LoadMoreProps) {
  const { t } = useTranslation();
  return hasMore ? (
    <div className="flex justify-center p-4">
      <Button onClick={onMore} busy={busy}>
        {t('action.loadMore')}
      </Button>
    </div>
  ) : null;
}
