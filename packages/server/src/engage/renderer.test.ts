import { afterEach, describe, expect, it } from 'vitest'
import { openRenderer, type Renderer } from './renderer.ts'

describe('the renderer', () => {
  let renderer: Renderer
  afterEach(() => renderer.close())
  const scope = (name: string | undefined) => ({
    muster_field: { first_name: name },
    custom_attribute: { n: 3 },
  })

  it('renders for each person, and says which one failed', async () => {
    renderer = openRenderer({ limitMs: 5_000 })
    const body =
      "Hello {{${first_name} | default: 'there'}}{% if {{custom_attribute.${n}}} > 2 %}!{% endif %}"
    const people = Array.from({ length: 250 }, (_, i) => scope(i === 1 ? undefined : `user ${i}`))
    const texts = await renderer.render({ subject: '', body }, people)
    expect(texts).toHaveLength(250)
    expect(texts.slice(0, 2)).toEqual([
      { ok: true, subject: '', body: 'Hello user 0!' },
      { ok: true, subject: '', body: 'Hello there!' },
    ])
    expect(texts[249]).toMatchObject({ body: 'Hello user 249!' })
    const [failed] = await renderer.render({ subject: "{% include 'passwd' %}", body: '' }, [scope('x')])
    expect(failed).toMatchObject({ ok: false })
  })

  it('stops one rendering that runs on by itself, and goes on with the next', async () => {
    renderer = openRenderer({ limitMs: 20_000 })
    const body =
      '{% if {{${first_name}}} == "slow" %}{% for i in (1..5000) %}{% for j in (1..5000) %}{% if j > 9999 %}x{% endif %}{% endfor %}{% endfor %}{% endif %}done'
    const texts = await renderer.render({ subject: '', body }, [scope('slow'), scope('fast')])
    expect(texts[0]).toMatchObject({ ok: false })
    expect(texts[1]).toEqual({ ok: true, subject: '', body: 'done' })
  })

  it('ends a thread that takes too long, keeps what was done, and starts another', async () => {
    renderer = openRenderer({ limitMs: 700 })
    const body =
      '{% if {{${first_name}}} == "slow" %}{% for i in (1..5000) %}{% for j in (1..5000) %}{% if j > 9999 %}x{% endif %}{% endfor %}{% endfor %}{% endif %}done'
    const slow = Array.from({ length: 200 }, (_, i) => scope(i < 100 ? 'fast' : 'slow'))
    const texts = await renderer.render({ subject: '', body }, slow)
    expect(texts).toHaveLength(200)
    expect(texts[99]).toMatchObject({ ok: true })
    expect(texts[199]).toEqual({ ok: false, reason: 'rendering took longer than 700 ms' })
    expect(await renderer.render({ subject: 's', body: 'b' }, [{}])).toEqual([
      { ok: true, subject: 's', body: 'b' },
    ])
  })
})
