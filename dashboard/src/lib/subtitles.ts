const TIME = /(\d{2}:\d{2}:\d{2}),(\d{3})/g;

/** Subtitles as a `<track>` takes them (WebVTT), of those that players on disk take (SubRip). */
export function webVttOf(subRip: string): string {
  return `WEBVTT\n\n${subRip.replace(/^\uFEFF/, '').replace(TIME, '$1.$2')}`;
}
