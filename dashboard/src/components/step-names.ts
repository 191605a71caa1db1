import { useTranslation } from 'react-i18next';

/** The steps of the pipelines that come with yaa have names in the viewer's language. */
const KNOWN = ['research', 'script', 'seo', 'media', 'edit', 'publish'] as const;

/** What a step is called on the page; its own name when nothing better is known. */
export function useStepName(): (step: string) => string {
  const { t } = useTranslation();
  return (step) => {
    const known = KNOWN.find((name) => name === step);
    return known === undefined ? step : t(`step.${known}`);
  };
}
