// How rules (CEL) name what a study calls by ids: CEL names hold ASCII letters, digits and `_` only.

/**
 * `dose-taken` becomes `dose_taken`; a leading digit gets a `_` before it. Ids that become the same name are refused
 * when the study is compiled.
 */
export function ruleName(id: string): string {
  const name = id.replace(/[^A-Za-z0-9]/g, '_')
  return /^\d/.test(name) ? `_${name}` : name
}
