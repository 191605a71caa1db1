import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/components/Button';
import { type Cell, csvOf, saveFile } from '@/lib/csv';

interface CsvButtonProps {
  name: string;
  /** The heads, then the rows: made when they are asked for. */
  rows: () => readonly (readonly Cell[])[];
  disabled?: boolean;
}

/** Downloads the rows that are shown. */
export function CsvButton({ name, rows, disabled = false }: CsvButtonProps) {
  const { t } = useTranslation('usage');
  return (
    <Button
      size="small"
      icon={Download}
      disabled={disabled}
      onClick={() => saveFile(`yaa-${name}.csv`, csvOf(rows()), 'text/csv;charset=utf-8')}
    >
      {t('csv')}
    </Button>
  );
}
