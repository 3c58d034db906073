import { describe, expect, it } from 'vitest'
import { bodyOfStatement, placeInStatement } from './sql-text.ts'

describe('the body of a statement', () => {
  it.each([
    ['select 1', 'select 1'],
    ['select 1;', 'select 1'],
    ['select 1 ; ; -- end', 'select 1'],
    ['select 1 -- ; not the end\n from t;\n/* ; */', 'select 1 -- ; not the end\n from t'],
    ["select ';' as a;", "select ';' as a"],
    ["select 'it''s;' as a;", "select 'it''s;' as a"],
    ['select ";" from t;', 'select ";" from t'],
    ['select $$;$$, $a$;$$;$a$;', 'select $$;$$, $a$;$$;$a$'],
    ["select e'\\';' ;", "select e'\\';'"],
    ["select '\\' ;", "select '\\'"],
    ['select /* a /* b */ ; */ 1;', 'select /* a /* b */ ; */ 1'],
    ['select a$b$c from t; ', 'select a$b$c from t'],
  ])('of %j is %j', (sql, body) => {
    expect(bodyOfStatement(sql, 'postgres')).toBe(body)
  })

  it('follows the quoting of the dialect', () => {
    expect(bodyOfStatement("select '\\';' # end;\n;", 'mysql')).toBe("select '\\';'")
    expect(bodyOfStatement('select `;` from t;', 'bigquery')).toBe('select `;` from t')
    expect(() => bodyOfStatement('select 1; /*! drop table t */', 'mysql')).toThrow(/more than one/)
  })

  it.each(['', ' ;', '-- nothing', '/* nothing'])('is not there in %j', (sql) => {
    expect(() => bodyOfStatement(sql, 'postgres')).toThrow(/empty/)
  })

  it.each(['select 1; select 2', 'select 1;;x', "select 1; 'a'"])('is not alone in %j', (sql) => {
    expect(() => bodyOfStatement(sql, 'postgres')).toThrow(/more than one/)
  })
})

it('tells the place of an offset in characters', () => {
  expect(placeInStatement('select 1', 0)).toBe('line 1, column 1')
  expect(placeInStatement('select id,\n  nam', 13)).toBe('line 2, column 3')
  expect(placeInStatement("select '😀',\n nam", 13)).toBe('line 2, column 2')
})
