import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copied } from '@/lib/clipboard';
import { Button } from './Button';
import { IconButton } from './IconButton';

const SHOWN_MS = 2000;

interface CopyButtonProps {
  text: string;
  /** What is copied, for a screen reader; the words on the button with `hasWords`. */
  label?: string;
  hasWords?: boolean;
}

export function CopyButton({ text, label, hasWords = false }: CopyButtonProps) {
  const { t } = useTranslation();
  const [isDone, setIsDone] = useState(false);

  useEffect(() => {
    const timer = isDone ? setTimeout(() => setIsDone(false), SHOWN_MS) : undefined;
    return () => clearTimeout(timer);
  }, [isDone]);

  const copy = async () => setIsDone(await copied(text));
  const words = isDone ? t('action.copied') : (label ?? t('action.copy'));
  const icon = isDone ? Check : Copy;
  return (
    <>
      {hasWords ? (
        <Button icon={icon} onClick={copy}>
          {words}
        </Button>
      ) : (
        <IconButton icon={icon} label={words} onClick={copy} />
      )}
      <span className="sr-only" aria-live="polite">
        {isDone ? t('action.copied') : ''}
      </span>
    </>
  );
}
