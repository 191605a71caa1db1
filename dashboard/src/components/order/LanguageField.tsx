import { useTranslation } from 'react-i18next';
import type { ChannelView } from '@/api/schema';
import { Field } from '@/components/Field';
import { Select } from '@/components/Select';
import { languageName, languagesWith } from '@/lib/languages';

interface LanguageFieldProps {
  /** Empty: as the channel has it. */
  value: string;
  onChange: (language: string) => void;
  channel: ChannelView | undefined;
  error: string | undefined;
}

/** In which language a run speaks. */
export function LanguageField({ value, onChange, channel, error }: LanguageFieldProps) {
  const { t, i18n } = useTranslation();
  const nameOf = (code: string) => languageName(code, i18n.language);
  const asChannel = channel
    ? t('order.channelLanguage', { language: nameOf(channel.language) })
    : t('order.anyLanguage');
  return (
    <Field label={t('order.language')} error={error}>
      {(aria) => (
        <Select
          {...aria}
          value={value}
          onChange={onChange}
          options={[
            { value: '', label: asChannel },
            ...languagesWith(value).map((code) => ({ value: code, label: nameOf(code) })),
          ]}
        />
      )}
    </Field>
  );
}
