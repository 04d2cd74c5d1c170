//! Each clause of the rewriting where it must not apply: refused, with what to do.

use super::fixture::{CUBE, World, refusal};

async fn refused(cases: &[(&str, &[&str])]) {
    let (engine, _) = World::of_flights().engine();
    for (sql, parts) in cases {
        let message = refusal(&engine, sql).await;
        for part in *parts {
            assert!(message.contains(part), "{sql}\n{message}\nlacks {part:?}");
        }
    }
}

#[tokio::test]
async fn columns_that_are_no_dimensions() {
    refused(&[
        (
            "SELECT bags, COUNT(*) FROM flights GROUP BY bags",
            &["bags is not a dimension of cube flights_cube", "add bags"],
        ),
        ("SELECT COUNT(*) FROM flights WHERE air_time > 3", &["air_time is not a dimension"]),
        ("SELECT COUNT(*) FILTER (WHERE fare > 3) FROM flights", &["fare is not a dimension"]),
        ("SELECT DISTINCT passenger FROM flights", &["passenger is not a dimension"]),
        (
            "SELECT carrier, COUNT(*) FROM flights GROUP BY ROLLUP (carrier, tail)",
            &["tail is not a dimension"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn measures_that_are_not_kept() {
    refused(&[
        (
            "SELECT SUM(bags) FROM flights",
            &["SUM(bags) is not kept", "{ name: bags_sum, function: sum, column: bags }"],
        ),
        ("SELECT MIN(fare) FROM flights", &["{ name: fare_min, function: min, column: fare }"]),
        ("SELECT AVG(bags) FROM flights", &["{ name: bags_avg, function: avg, column: bags }"]),
        ("SELECT COUNT(bags) FROM flights", &["{ name: bags_count, function: count, column: bags }"]),
        (
            "SELECT COUNT(DISTINCT bags) FROM flights",
            &["{ name: bags_distinct, function: count_distinct, column: bags }"],
        ),
        ("SELECT COUNT(DISTINCT tail) FROM flights", &["approx_count_distinct", "APPROX_DISTINCT"]),
        ("SELECT APPROX_DISTINCT(bags) FROM flights", &["function: approx_count_distinct, column: bags"]),
        ("SELECT MAX(ts) FROM flights", &["MAX(ts) is not kept"]),
        (
            "SELECT SUM(DISTINCT air_time) FROM flights",
            &["SUM(DISTINCT air_time)", "air_time is not a dimension"],
        ),
        ("SELECT SUM(air_time * gate) FROM flights", &["computes with air_time"]),
        ("SELECT MEDIAN(air_time) FROM flights", &["MEDIAN(air_time) cannot be answered"]),
        ("SELECT STDDEV(gate) FROM flights", &["cannot be answered from stored states"]),
        ("SELECT SUM(CAST(weight AS INT)) FROM flights", &["SUM"]),
        ("SELECT array_agg(dest ORDER BY dest) FROM flights", &["order of single messages"]),
    ])
    .await;
}

#[tokio::test]
async fn everything_that_is_missing_is_said_at_once() {
    refused(&[(
        "SELECT tail, SUM(bags) FROM flights WHERE passenger = 3 GROUP BY tail",
        &["tail is not a dimension", "SUM(bags) is not kept", "passenger is not a dimension"],
    )])
    .await;
}

#[tokio::test]
async fn the_exact_event_time() {
    refused(&[
        ("SELECT ts, COUNT(*) FROM flights GROUP BY ts", &["exact event time", "minute15_start"]),
        (
            "SELECT COUNT(*) FROM flights WHERE ts >= TIMESTAMP '2013-01-10 10:20:00'",
            &[
                "2013-01-10 10:20:00",
                "within a bucket of minute15_start",
                "2013-01-10 10:15:00",
                "add minute_start",
            ],
        ),
        ("SELECT COUNT(*) FROM flights WHERE ts > TIMESTAMP '2013-01-10'", &["2013-01-10 00:00:00.000001"]),
        (
            "SELECT COUNT(*) FROM flights WHERE ts <= TIMESTAMP '2013-01-10 23:59:59'",
            &["2013-01-10 23:59:59.000001"],
        ),
        ("SELECT COUNT(*) FROM flights WHERE ts = TIMESTAMP '2013-01-10'", &["exact event time"]),
        ("SELECT COUNT(*) FROM flights WHERE ts <> TIMESTAMP '2013-01-10'", &["exact event time"]),
        (
            "SELECT date_trunc('minute', ts), COUNT(*) FROM flights GROUP BY 1",
            &["no level of event time that gives minute_start"],
        ),
        ("SELECT date_trunc('second', ts), COUNT(*) FROM flights GROUP BY 1", &["exact event time"]),
        ("SELECT date_bin(INTERVAL '7 minutes', ts), COUNT(*) FROM flights GROUP BY 1", &["minute_start"]),
        (
            "SELECT date_bin(INTERVAL '10 seconds', ts), COUNT(*) FROM flights GROUP BY 1",
            &["exact event time"],
        ),
        ("SELECT EXTRACT(second FROM ts), COUNT(*) FROM flights GROUP BY 1", &["exact event time"]),
        ("SELECT CAST(ts AS VARCHAR), COUNT(*) FROM flights GROUP BY 1", &["exact event time"]),
        ("SELECT COUNT(*) FROM flights WHERE ts + INTERVAL '1 day' > now()", &["exact event time"]),
    ])
    .await;
}

#[tokio::test]
async fn single_messages() {
    refused(&[
        ("SELECT carrier FROM flights", &["single messages of table flights are not kept", "GROUP BY"]),
        ("SELECT * FROM flights WHERE carrier = 'AA'", &["are not kept"]),
        ("SELECT carrier FROM flights LIMIT 5", &["LIMIT cannot choose"]),
        ("SELECT COUNT(*) FROM (SELECT carrier FROM flights LIMIT 5) t", &["LIMIT cannot choose"]),
        ("SELECT carrier, row_number() OVER (ORDER BY carrier) FROM flights", &["window function"]),
        (
            "SELECT a.carrier, COUNT(*) FROM flights a JOIN flights b ON a.dest = b.dest GROUP BY a.carrier",
            &["cannot be joined"],
        ),
        ("SELECT carrier FROM flights UNION ALL SELECT dest FROM flights", &["are not kept"]),
        ("SELECT COUNT(*) FROM flights WHERE random() < 0.5", &["gives another value each time"]),
        ("SELECT SUM(random()) FROM flights", &["gives another value each time"]),
        (
            "SELECT DISTINCT ON (carrier) carrier, dest FROM flights",
            &["FIRST_VALUE(carrier) cannot be answered"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_is_no_query_or_names_nothing() {
    refused(&[
        ("DROP TABLE flights", &["DROP is refused"]),
        ("SELECT COUNT(*) FROM nowhere", &["nowhere"]),
        ("SELECT nothing FROM flights GROUP BY nothing", &["nothing"]),
        ("SELEKT 1", &["SELEKT"]),
    ])
    .await;
}

#[tokio::test]
async fn without_an_enabled_cube_nothing_can_be_asked() {
    let mut world = World::new();
    world.add_cube(CUBE, false);
    let (engine, _) = world.engine();
    let message = refusal(&engine, "SELECT COUNT(*) FROM flights").await;
    assert!(message.contains("no enabled cube") && message.contains("enable flights_cube"), "{message}");
}

#[tokio::test]
async fn segments_that_lack_a_cuboid_are_named() {
    let mut world = World::of_flights();
    world.forget_base_cuboid(1);
    let (engine, _) = world.engine();
    let message = refusal(&engine, "SELECT dest, gate, COUNT(*) FROM flights GROUP BY dest, gate").await;
    for part in
        ["no cuboid with (dest, gate) in its segments 300_500", "aggregation group that includes dest, gate"]
    {
        assert!(message.contains(part), "{message}");
    }
    super::fixture::ask(&engine, "SELECT dest, COUNT(*) FROM flights GROUP BY dest").await;
}
