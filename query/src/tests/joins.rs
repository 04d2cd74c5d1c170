//! A fact table that is joined with something else, below the aggregation.

use super::fixture::{World, check, refusal};

async fn check_all(statements: &[&str]) {
    let (engine, oracle) = World::of_flights().engine();
    for sql in statements {
        check(&engine, &oracle, sql).await;
    }
}

#[tokio::test]
async fn with_the_few_best_of_itself() {
    check_all(&[
        "SELECT date_trunc('day', ts) AS t, flights.carrier, SUM(air_time), COUNT(*), AVG(gate) FROM flights \
         JOIN (SELECT carrier AS c, SUM(air_time) AS s FROM flights WHERE ts >= TIMESTAMP '2013-01-10' GROUP BY carrier \
         ORDER BY SUM(air_time) DESC LIMIT 2) best ON carrier = c WHERE ts >= TIMESTAMP '2013-01-15' GROUP BY 1, 2",
        "SELECT flights.dest, COUNT(DISTINCT passenger), MIN(air_time) FROM flights \
         INNER JOIN (SELECT dest, COUNT(*) AS n FROM flights GROUP BY 1 ORDER BY 2 DESC LIMIT 3) t0 ON flights.dest = t0.dest GROUP BY 1",
        "SELECT CASE WHEN best.c IS NULL THEN 'others' ELSE carrier END AS k, SUM(fare), COUNT(air_time) FROM flights \
         LEFT JOIN (SELECT carrier AS c FROM flights GROUP BY carrier ORDER BY COUNT(*) LIMIT 1) best ON carrier = best.c GROUP BY 1",
        "SELECT COUNT(*) FROM flights JOIN (SELECT DISTINCT dest AS d, carrier AS c FROM flights WHERE cancelled) t \
         ON dest = d AND carrier = c AND NOT cancelled",
    ])
    .await;
}

#[tokio::test]
async fn rows_that_match_many_times_count_many_times() {
    check_all(&[
        "SELECT carrier, COUNT(*), SUM(air_time), AVG(air_time), COUNT(DISTINCT passenger), MAX(fare), SUM(gate) FROM flights \
         JOIN (VALUES ('MIA', 1), ('MIA', 2), ('ord', 3)) v(d, n) ON dest = d GROUP BY carrier",
        "SELECT n, COUNT(*), COUNT(n), SUM(n), AVG(n), MAX(d), SUM(n * gate) FROM flights \
         LEFT JOIN (VALUES ('MIA', 1), ('MIA', 2), ('ord', NULL)) v(d, n) ON dest = d GROUP BY n",
        "SELECT COUNT(*), COUNT(DISTINCT v.n) FROM flights CROSS JOIN (VALUES (1), (2), (2)) v(n) WHERE v.n < 5",
        "SELECT v.n, SUM(weight) FROM (VALUES (0), (7), (14)) v(n), flights WHERE gate > v.n GROUP BY v.n",
    ])
    .await;
}

#[tokio::test]
async fn from_either_side_through_aliases_and_several_times() {
    check_all(&[
        "SELECT name, COUNT(*) FROM (VALUES ('AA', 'American'), ('UA', 'United')) a(code, name) JOIN flights f ON f.carrier = a.code GROUP BY name",
        "SELECT name, COUNT(*) FROM (VALUES ('AA', 'American')) a(code, name) RIGHT JOIN flights ON carrier = code GROUP BY name",
        "SELECT v.x, COUNT(*) FROM (SELECT f.dest, b.x FROM flights f JOIN (VALUES ('AA', 1), ('UA', 1)) b(c, x) ON f.carrier = b.c \
         WHERE NOT f.cancelled) v JOIN (VALUES ('MIA', 5)) b(c, x) ON v.dest = b.c GROUP BY v.x",
        "SELECT COUNT(*) FROM flights JOIN (VALUES ('AA')) t(carrier) USING (carrier)",
        "SELECT DISTINCT f.carrier, t.n FROM flights f JOIN (VALUES ('MIA', 1)) t(d, n) ON f.dest = t.d",
        "SELECT COUNT(*) FROM flights JOIN (SELECT day_start, COUNT(*) AS n FROM flights GROUP BY day_start) t \
         ON CAST(ts AS DATE) = t.day_start WHERE t.day_start >= DATE '2013-03-01' AND t.n > 2",
    ])
    .await;
}

#[tokio::test]
async fn only_by_dimensions_and_where_the_messages_of_the_table_are_all_that_counts() {
    let (engine, _) = World::of_flights().engine();
    for (sql, part) in [
        (
            "SELECT COUNT(*) FROM flights JOIN (VALUES (1)) v(b) ON bags = b",
            "bags is not a dimension of cube flights_cube",
        ),
        (
            "SELECT COUNT(*) FROM flights JOIN (VALUES (1)) v(b) ON gate > b AND air_time = b",
            "air_time is not a dimension",
        ),
        ("SELECT SUM(air_time * b) FROM flights CROSS JOIN (VALUES (1)) v(b)", "computes with air_time,"),
        (
            "SELECT COUNT(*) FROM flights JOIN (VALUES (now())) v(t) ON ts < t",
            "needs the exact event time of each message",
        ),
        ("SELECT COUNT(*) FROM flights FULL JOIN (VALUES ('AA')) v(c) ON carrier = c", "cannot be joined"),
        ("SELECT COUNT(*) FROM flights RIGHT JOIN (VALUES ('AA')) v(c) ON carrier = c", "cannot be joined"),
        ("SELECT COUNT(*) FROM flights a JOIN flights b ON a.carrier = b.carrier", "cannot be joined"),
        (
            "SELECT COUNT(*) FROM flights CROSS JOIN (VALUES (1)) v(n) WHERE random() < n",
            "gives another value each time",
        ),
    ] {
        let message = refusal(&engine, sql).await;
        assert!(message.contains(part), "{sql}\n{message}");
    }
}
