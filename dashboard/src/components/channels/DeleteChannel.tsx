import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useDeleteChannel } from '@/api/channels';
import { ApiError } from '@/api/errors';
import type { ChannelView } from '@/api/schema';
import { buttonClass } from '@/components/Button';
import { ConfirmDialog } from '@/components/ConfirmDialog';

interface DeleteChannelProps {
  channel: ChannelView;
  isOpen: boolean;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks, deletes, and says what still needs the channel when that is why it stays. */
export function DeleteChannel({ channel, isOpen, onClose, onDeleted }: DeleteChannelProps) {
  const { t } = useTranslation('channels');
  const remove = useDeleteChannel();
  const isNeeded = remove.error instanceof ApiError && remove.error.kind === 'channel-needed';
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onClose={() => {
        remove.reset();
        onClose();
      }}
      onConfirm={() => remove.mutate(channel.channel_id, { onSuccess: onDeleted })}
      title={t('delete.title', { name: channel.name })}
      confirmLabel={t('delete.verb')}
      isDangerous
      busy={remove.isPending}
      error={remove.error}
    >
      <p>{t('delete.hint')}</p>
      {isNeeded && (
        <p className="mt-3 flex flex-wrap gap-2">
          <Link
            to="/runs"
            search={{ channel_id: channel.channel_id }}
            className={buttonClass('secondary', 'small')}
          >
            {t('delete.runs')}
          </Link>
          <Link to="/schedules" className={buttonClass('secondary', 'small')}>
            {t('delete.schedules')}
          </Link>
        </p>
      )}
    </ConfirmDialog>
  );
}
