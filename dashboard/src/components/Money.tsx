import { useTranslation } from 'react-i18next';
import { moneyOf } from '@/lib/money';

/** Dollars; says so when the price is not known, which is not nothing. */
export function Money({ usd }: { usd: number | null | undefined }) {
  const { t } = useTranslation();
  return usd === null || usd === undefined ? (
    <span className="text-muted">{t('unknownCost')}</span>
  ) : (
    <span className="figures">{moneyOf(usd)}</span>
  );
}
