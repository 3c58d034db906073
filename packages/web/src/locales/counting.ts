/** Numbers as a language writes them, and with the noun that goes with them. */
export function countingIn(language: string) {
  const format = new Intl.NumberFormat(language)
  const number = (n: number): string => format.format(n)
  const count = (n: number, one: string, other: string): string => `${number(n)} ${n === 1 ? one : other}`
  return { number, count }
}
