import type { ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import { Select } from '@/components/Select';

/** Those that are offered; the API takes any of two letters. */
const LANGUAGES = ['ko', 'en', 'ja', 'zh', 'es', 'fr', 'de', 'pt', 'id', 'vi', 'th', 'hi'];

interface LanguageSelectProps
  extends Omit<ComponentProps<typeof Select>, 'options' | 'value' | 'onChange'> {
  value: string;
  onChange: (language: string) => void;
}

/** In which language a channel speaks. */
export function LanguageSelect({ value, ...rest }: LanguageSelectProps) {
  const { i18n } = useTranslation();
  const known = LANGUAGES.includes(value) ? LANGUAGES : [value, ...LANGUAGES];
  const options = known.map((code) => ({
    value: code,
    label: `${languageName(code, i18n.language)} (${code})`,
  }));
  return <Select {...rest} value={value} options={options} />;
}

export function languageName(code: string, shownIn: string): string {
  return new Intl.DisplayNames(shownIn, { type: 'language' }).of(code) ?? code;
}
