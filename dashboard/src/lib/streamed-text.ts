const STRING = /"((?:[^"\\]|\\.)*)("?)(\s*:)?/g;
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '', b: '', f: '' };

/**
 * The words in what a model writes. Models are asked for JSON: of that only the values are shown, a
 * line each; the last of them may not have ended yet.
 */
export function readable(text: string): string {
  if (!text.trimStart().startsWith('{')) {
    return text;
  }
  const values: string[] = [];
  for (const [, content = '', , colon] of text.matchAll(STRING)) {
    if (colon === undefined && content !== '') {
      values.push(unescaped(content));
    }
  }
  return values.join('\n');
}

function unescaped(content: string): string {
  return content.replace(/\\(u[0-9a-fA-F]{4}|.|$)/g, (_, code: string) =>
    code.length === 5
      ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
      : (ESCAPES[code] ?? code),
  );
}
