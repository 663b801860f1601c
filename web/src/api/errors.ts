/** A failed request, with what the server said about it. */
export class ApiError extends Error {
  /** HTTP status; 0 when the server could not be reached. */
  readonly status: number;
  /** One sentence per problem. */
  readonly details: readonly string[];

  constructor(status: number, message: string, details: readonly string[]) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.details = details;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads both wire shapes of errors: `{code, message}` and `{errors: […]}`. */
export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const details = isRecord(body) && Array.isArray(body.errors) ? body.errors.filter((item) => typeof item === "string") : [];
  const message = isRecord(body) && typeof body.message === "string" ? body.message : undefined;
  return new ApiError(response.status, message ?? details[0] ?? `The server answered with status ${response.status}`, details);
}

/** What to show a person about a failure of any kind. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) {
    const more = error.details.filter((detail) => detail !== error.message);
    return [error.message, ...more].join("\n");
  }
  return error instanceof Error ? error.message : "Something went wrong";
}

/** Whether the server says that the thing asked for does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Whether the server says that the name is taken, or that somebody else was faster. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}
