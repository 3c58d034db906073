import { invalid } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { loadDriver } from './driver.ts'

/** Loads a driver and proves that it has the functions that its source calls: another major version may not. */
export async function loadShaped<T>(name: string, fits: (driver: unknown) => driver is T): Promise<T> {
  const loaded = await loadDriver(name)
  for (const candidate of [loaded, loaded.default]) if (fits(candidate)) return candidate
  throw invalid('wrong_driver', `the installed ${name} is not a version that Muster can use`, {
    hint: `Install the version that Muster names as its peer: npm install ${name}.`,
  })
}

/** Whether the value has these functions; classes and their instances count. */
export function hasFunctions(value: unknown, ...names: readonly string[]): boolean {
  if (!isObject(value) && typeof value !== 'function') return false
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}
