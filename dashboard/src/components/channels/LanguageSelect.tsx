import type { ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import { Select } from '@/components/Select';
import { languageName, languagesWith } from '@/lib/languages';

interface LanguageSelectProps
  extends Omit<ComponentProps<typeof Select>, 'options' | 'value' | 'onChange'> {
  value: string;
  onChange: (language: string) => void;
}

/** In which language a channel speaks. */
export function LanguageSelect({ value, ...rest }: LanguageSelectProps) {
  const { i18n } = useTranslation();
  const options = languagesWith(value).map((code) => ({
    value: code,
    label: `${languageName(code, i18n.language)} (${code})`,
  }));
  return <Select {...rest} value={value} options={options} />;
}
