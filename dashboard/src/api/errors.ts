import type { FieldProblem, Problem } from './schema';

const URN = 'urn:yaa:problem:';
const TEMPORARY = new Set([0, 429, 502, 503, 504]);

/** Whatever the API refused, or that it did not answer at all (`status` 0, `kind` `unreachable`). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly type: string;
  readonly title: string;
  /** A sentence for a person, to be shown as it is. */
  readonly detail: string;
  readonly requestId: string;
  readonly fields: readonly FieldProblem[];
  readonly retryAfterMs: number | null;

  constructor(problem: Partial<Problem> & { status: number }, retryAfterMs: number | null = null) {
    super(problem.detail ?? problem.title ?? `HTTP ${problem.status}`);
    this.status = problem.status;
    this.type = problem.type ?? 'about:blank';
    this.title = problem.title ?? '';
    this.detail = problem.detail ?? '';
    this.requestId = problem.request_id ?? '';
    this.fields = problem.errors ?? [];
    this.retryAfterMs = retryAfterMs;
  }

  /** `unknown-run`, `approval-decided`, …: the end of `type`, for programs. */
  get kind(): string {
    return this.type.startsWith(URN) ? this.type.slice(URN.length) : this.type;
  }

  /** It may go well when it is asked again. */
  get isTemporary(): boolean {
    return TEMPORARY.has(this.status);
  }

  /** Another key is needed: none, a bad one, or one that may not do this. */
  get isAboutKey(): boolean {
    return ['key-missing', 'key-refused', 'scope-missing'].includes(this.kind);
  }

  /** What is wrong with a field of the request, when the API says so. */
  fieldMessage(field: string): string | undefined {
    return this.fields.find((each) => each.field === field)?.message;
  }

  static async of(response: Response): Promise<ApiError> {
    const seconds = Number(response.headers.get('Retry-After'));
    const retryAfterMs = seconds > 0 ? seconds * 1000 : null;
    const problem = await problemIn(response);
    return new ApiError({ ...problem, status: response.status }, retryAfterMs);
  }

  static unreachable(): ApiError {
    return new ApiError({ status: 0, type: `${URN}unreachable` });
  }
}

async function problemIn(response: Response): Promise<Partial<Problem>> {
  try {
    return (await response.clone().json()) as Partial<Problem>;
  } catch {
    return { title: response.statusText };
  }
}
