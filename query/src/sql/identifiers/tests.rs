use super::*;
use crate::sql::resolved;

fn names() -> Names {
    let columns = |list: &str| list.split(' ').map(str::to_owned).collect();
    Names {
        tables: [("orders", "country amount ts"), ("flights", "carrier dest")]
            .map(|(table, list)| (table.to_owned(), columns(list)))
            .into(),
        project: Some("learn_kylin".into()),
    }
}

fn check(sql: &str, expected: &str) {
    assert_eq!(resolved(sql, &names()).unwrap(), expected);
}

#[test]
fn quoted_upper_case_names_find_table_and_columns_and_label_the_answer() {
    check(
        r#"SELECT "COUNTRY", SUM("AMOUNT") AS "SUM(amount)" FROM "DEFAULT"."ORDERS" GROUP BY "COUNTRY""#,
        r#"SELECT "country" AS "COUNTRY", SUM("amount") AS "SUM(amount)" FROM "orders" GROUP BY "COUNTRY""#,
    );
}

#[test]
fn an_alias_spelt_like_a_column_stays_an_alias_where_aliases_count() {
    check(
        r#"SELECT "TS" AS "TS", COUNT(*) AS n FROM orders WHERE "TS" > 'x' GROUP BY "TS" ORDER BY "TS""#,
        r#"SELECT "ts" AS "TS", COUNT(*) AS n FROM "orders" WHERE "ts" > 'x' GROUP BY "TS" ORDER BY "TS""#,
    );
}

#[test]
fn in_arguments_a_column_is_meant_even_where_an_alias_is_spelt_like_it() {
    check(
        r#"SELECT DATE("TS") AS "TS", SUM("AMOUNT") AS "AMOUNT" FROM orders GROUP BY DATE("TS") HAVING SUM("AMOUNT") > 1 AND "AMOUNT" > 2 ORDER BY CAST("TS" AS DATE), "AMOUNT""#,
        r#"SELECT DATE("ts") AS "TS", SUM("amount") AS "AMOUNT" FROM "orders" GROUP BY DATE("ts") HAVING SUM("amount") > 1 AND "AMOUNT" > 2 ORDER BY CAST("ts" AS DATE), "AMOUNT""#,
    );
}

#[test]
fn schemas_and_qualifiers_fold_into_the_table() {
    check("SELECT o.AMOUNT FROM public.Orders AS O", r#"SELECT "o"."amount" FROM "orders" AS O"#);
    check(
        r#"SELECT "DEFAULT"."ORDERS"."COUNTRY" FROM "LEARN_KYLIN"."ORDERS""#,
        r#"SELECT "orders"."country" AS "COUNTRY" FROM "orders""#,
    );
    check(r#"SELECT "ORDERS".* FROM "ORDERS" "ORDERS""#, r#"SELECT "ORDERS".* FROM "orders" "ORDERS""#);
    check("SELECT x FROM other.orders", "SELECT x FROM other.orders");
}

#[test]
fn a_derived_table_shows_its_labels_not_the_columns_behind_them() {
    check(
        r#"SELECT "COUNTRY", T."total" FROM (SELECT "COUNTRY", SUM(amount) AS "Total" FROM orders GROUP BY 1) t"#,
        r#"SELECT "COUNTRY", "t"."Total" AS "total" FROM (SELECT "country" AS "COUNTRY", SUM(amount) AS "Total" FROM "orders" GROUP BY 1) t"#,
    );
}

#[test]
fn a_common_table_expression_hides_a_table_of_its_name() {
    check(
        r#"WITH orders AS (SELECT carrier AS c FROM FLIGHTS) SELECT "C" FROM "ORDERS""#,
        r#"WITH orders AS (SELECT carrier AS c FROM "flights") SELECT "c" AS "C" FROM "orders""#,
    );
}

#[test]
fn a_subquery_sees_its_own_columns_first_and_those_outside_next() {
    check(
        r#"SELECT "COUNTRY" FROM orders WHERE "COUNTRY" IN (SELECT "DEST" FROM flights WHERE "CARRIER" = "COUNTRY")"#,
        r#"SELECT "country" AS "COUNTRY" FROM "orders" WHERE "country" IN (SELECT "dest" AS "DEST" FROM "flights" WHERE "carrier" = "country")"#,
    );
}

#[test]
fn names_that_nobody_knows_are_left_to_the_planner() {
    check(r#"SELECT "NoSuch" FROM orders"#, r#"SELECT "NoSuch" FROM "orders""#);
    check(r#"SELECT "A" FROM generate_series(1, 2)"#, r#"SELECT "A" FROM generate_series(1, 2)"#);
}
