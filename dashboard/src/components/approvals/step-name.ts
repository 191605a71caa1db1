import type { TFunction } from 'i18next';

const NAMED = ['research', 'script', 'seo', 'media', 'edit', 'publish'] as const;

/** A step of the pipelines that come with yaa in the viewer's words; any other by its own name. */
export function stepName(t: TFunction<'approvals'>, step: string): string {
  const named = NAMED.find((each) => each === step);
  return named === undefined ? step : t(`steps.${named}`);
}
