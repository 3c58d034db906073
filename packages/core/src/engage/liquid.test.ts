import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { templateScope, toPlainLiquid } from './liquid.ts'
import { compileTemplate } from './template.ts'

const scope = templateScope({
  id: 1,
  brazeId: 'f'.repeat(24),
  externalId: 'ann',
  fields: { first_name: 'Ann', email: 'ann@example.com', home_city: 'Köln' },
  custom: { plan: 'vip', n: 3, 'two words': 'yes', "it's": 'quoted' },
  cohorts: new Set(),
})

function render(template: string): string {
  const compiled = compileTemplate(template)
  if (!compiled.ok) throw new Error(compiled.problem.message)
  return compiled.render(scope)
}

describe("Braze's Liquid", () => {
  const cases: readonly (readonly [template: string, text: string])[] = [
    ["Hi {{${first_name} | default: 'there'}}", 'Hi Ann'],
    ["Hi {{ ${last_name} | default: 'there' }}!", 'Hi there!'],
    ['{{custom_attribute.${plan}}}', 'vip'],
    ['{{custom_attribute.${two words}}} {{ custom_attribute.${ plan } | upcase }}', 'yes VIP'],
    ["{{custom_attribute.${it's}}} {{custom_attribute.${it's} | append: 'x'}}", 'quoted quotedx'],
    ['{% if {{custom_attribute.${n}}} > 0 %}yes{% else %}no{% endif %}', 'yes'],
    ['{%- if custom_attribute.${plan} == "vip" -%} x {%- endif -%}', 'x'],
    ['{% assign name = {{${first_name}}} %}{{ name }}', 'Ann'],
    ['{{${email_address}}} {{${city}}} {{${user_id}}}', 'ann@example.com Köln ann'],
    ["{{ 'text ${first_name}' }} ${first_name} {", 'text ${first_name} ${first_name} {'],
    ['{% raw %}{{${first_name}}}{% endraw %}{{${first_name}}}', '{{${first_name}}}Ann'],
    ["{% comment %} don't {{${x {% endcomment %}ok", 'ok'],
    ['a\r\n{{${first_name}}}\r\nb', 'a\r\nAnn\r\nb'],
    ['{{ "}}" }}{{ \'%}\' }}', '}}%}'],
  ]
  for (const [template, text] of cases) {
    it(`renders ${JSON.stringify(template)}`, () => expect(render(template)).toBe(text))
  }

  it('says where a template is wrong, in the lines and columns that the author sees', () => {
    const problem = (template: string) => {
      const compiled = compileTemplate(template)
      return compiled.ok ? null : [compiled.problem.line, compiled.problem.column]
    }
    expect(problem('{{${a}}} {{${b}}} {% nope %}')).toEqual([1, 19])
    expect(problem('x\r\n  {{${a}}}{% if x %}')).toEqual([2, 11])
    expect(problem('ok\n{{ ${a} | no_such_filter }}')).toEqual([2, 1])
    expect(problem('{{ ${first_name}')).not.toBeNull()
    expect(problem("{{ 'open }}")).not.toBeNull()
  })

  it('leaves a text without tags as it is, and takes any text without failing', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !/\{[{%]/.test(text)),
        (text) => toPlainLiquid(text).text === text,
      ),
    )
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      '${',
      '}',
      '"',
      "'",
      'raw',
      ' ',
      '\n',
      'if',
      '.',
      'a',
      '|',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        compileTemplate(pieces.join(''))
      }),
    )
  })

  it('takes time in proportion to the length, also for templates made to be slow', () => {
    const begun = performance.now()
    for (const part of ['{% raw %}', '{{ ${', 'a', '${a', '{{"', '{% if {{', ' '])
      toPlainLiquid(part.repeat(100_000 / part.length))
    toPlainLiquid(`{{ ${'a'.repeat(100_000)} }}`)
    toPlainLiquid(`{{ \${${' '.repeat(100_000)}`)
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  it('reaches no prototype and no file', () => {
    expect(render('{{ custom_attribute.constructor }}{{ custom_attribute.__proto__ }}')).toBe('')
    expect(() => render("{% include '/etc/passwd' %}")).toThrow()
    expect(() => render("{% render 'package.json' %}")).toThrow()
  })
})
