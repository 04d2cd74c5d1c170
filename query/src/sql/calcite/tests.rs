use super::super::parse;
use crate::Param;

fn translated(sql: &str, params: &[Param]) -> cube::Result<String> {
    let mut question = parse(sql)?;
    question.bind(params)?;
    question.translate()?;
    Ok(question.query.to_string())
}

fn check(sql: &str, expected: &str) {
    assert_eq!(translated(sql, &[]).unwrap(), expected, "{sql}");
}

fn refused(sql: &str, params: &[Param], parts: &[&str]) {
    let message = translated(sql, params).unwrap_err().to_string();
    for part in parts {
        assert!(message.contains(part), "{sql}\n{message}\nlacks {part:?}");
    }
}

#[test]
fn rounding_to_a_unit_becomes_a_call_with_the_text_as_its_label() {
    check(
        r#"SELECT FLOOR("TS" TO HOUR) FROM t GROUP BY FLOOR("TS" TO HOUR)"#,
        r#"SELECT floor_to('HOUR', "TS") AS "FLOOR(""TS"" TO HOUR)" FROM t GROUP BY floor_to('HOUR', "TS")"#,
    );
    check(
        "SELECT CAST(CEIL(CAST(x AS TIMESTAMP) TO week) AS DATE) AS w",
        "SELECT CAST(ceil_to('WEEK', CAST(x AS TIMESTAMP)) AS DATE) AS w",
    );
    check("SELECT FLOOR(x), CEIL(x) AS c FROM t", "SELECT FLOOR(x), CEIL(x) AS c FROM t");
    refused("SELECT FLOOR(x TO DECADE)", &[], &["DECADE is no unit", "SECOND, MINUTE", "YEAR"]);
    refused("SELECT FLOOR(x TO WEEK(MONDAY))", &[], &["WEEK(MONDAY) is no unit"]);
}

#[test]
fn functions_of_calcite_and_odbc_in_any_case_and_depth() {
    check(
        "SELECT TimestampAdd(DAY, -7, MAX(ts)) AS a, TIMESTAMPDIFF(SQL_TSI_MONTH, x, YEAR(y)) AS b",
        "SELECT timestampadd('DAY', -7, MAX(ts)) AS a, timestampdiff('MONTH', x, date_part('year', y)) AS b",
    );
    check(
        "SELECT 1 AS o FROM t WHERE DAYOFWEEK(ts) = 1 AND EXTRACT(DAYOFYEAR FROM ts) < 9 AND mod(a, 2) = 0",
        "SELECT 1 AS o FROM t WHERE ((date_part('dow', ts)) + (1)) = 1 AND date_part('doy', ts) < 9 AND ((a) % (2)) = 0",
    );
    check("SELECT year, MONTH(a, b), t.week FROM t", "SELECT year, MONTH(a, b), t.week FROM t");
    refused("SELECT TIMESTAMPADD(FORTNIGHT, 1, x)", &[], &["FORTNIGHT is no unit"]);
}

#[test]
fn escapes_of_odbc() {
    check(
        "SELECT {fn UCASE({fn CONCAT(a, 'b}')})} AS u, { FN FLOOR(x TO DAY) } AS f, {fn EXTRACT(YEAR FROM x)} AS y",
        "SELECT upper(CONCAT(a, 'b}')) AS u, floor_to('DAY', x) AS f, EXTRACT(YEAR FROM x) AS y",
    );
    check(
        "SELECT {d '2024-01-31'} AS d, {T '01:02:03'} AS t, {TS '2024-01-31 01:02:03'} AS ts",
        "SELECT {d '2024-01-31'} AS d, {t '01:02:03'} AS t, {ts '2024-01-31 01:02:03'} AS ts",
    );
    check("SELECT '{fn YEAR(x)}' AS s", "SELECT '{fn YEAR(x)}' AS s");
}

#[test]
fn distinct_expressions_are_ordered_by_their_position() {
    check(
        "SELECT DISTINCT a, YEAR(b) FROM t ORDER BY YEAR(b) DESC, a, upper(a)",
        r#"SELECT DISTINCT a, date_part('year', b) AS "YEAR(b)" FROM t ORDER BY 2 DESC, a, upper(a)"#,
    );
    check(
        "SELECT DISTINCT *, upper(a) AS u FROM t ORDER BY upper(a)",
        "SELECT DISTINCT *, upper(a) AS u FROM t ORDER BY upper(a)",
    );
}

#[test]
fn fetch_is_a_limit() {
    check("SELECT a FROM t OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY", "SELECT a FROM t LIMIT 3 OFFSET 2 ROWS");
    check("SELECT a FROM t FETCH FIRST ROW ONLY", "SELECT a FROM t LIMIT 1");
    refused("SELECT a FROM t FETCH FIRST 3 ROWS WITH TIES", &[], &["WITH TIES is not supported", "LIMIT"]);
}

#[test]
fn values_become_typed_literals_in_the_order_of_the_text() {
    let params = [
        Param::Text("it's ?".into()),
        Param::Int(-3),
        Param::Decimal("1.50".into()),
        Param::Timestamp("2024-01-01 00:00:00".into()),
        Param::Date("2024-01-01".into()),
        Param::Null,
        Param::Bool(true),
        Param::Double(0.5),
        Param::Int(7),
    ];
    assert_eq!(
        translated(
            "SELECT TRIM(BOTH ? FROM 'x') AS a, '?' AS q FROM t WHERE b = ? AND c < ? AND d BETWEEN ? AND ? \
             AND e IN (?, ?) HAVING SUM(f) > ? LIMIT ?",
            &params
        )
        .unwrap(),
        "SELECT TRIM(BOTH 'it''s ?' FROM 'x') AS a, '?' AS q FROM t WHERE b = -3 AND \
         c < CAST('1.50' AS DECIMAL(3,2)) AND d BETWEEN TIMESTAMP '2024-01-01 00:00:00' AND DATE '2024-01-01' \
         AND e IN (NULL, true) HAVING SUM(f) > CAST('0.5' AS DOUBLE) LIMIT 7"
    );
    assert_eq!(
        translated("SELECT $2 AS a, $1 AS b, $2 AS c", &[Param::Int(1), Param::Int(2)]).unwrap(),
        "SELECT 2 AS a, 1 AS b, 2 AS c"
    );
}

#[test]
fn a_wrong_number_of_values_names_both_numbers() {
    let one = [Param::Int(1)];
    refused("SELECT ? AS a, ? AS b", &one, &["2 placeholders, but 1 value came"]);
    refused("SELECT 1", &one, &["0 placeholders, but 1 value came"]);
    refused("SELECT ?", &[], &["1 placeholder, but 0 values came"]);
    refused("SELECT $3", &one, &["3 placeholders, but 1 value came"]);
    refused("SELECT ?, $1", &one, &["both ? and $1"]);
    refused("SELECT $name", &one, &["$name is no placeholder"]);
    refused("SELECT ?", &[Param::Decimal("1,5".into())], &["value 1", "\"1,5\" is no decimal number"]);
}
