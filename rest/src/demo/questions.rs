//! Five questions in SQL, from easy to hard, each with the same question for polars.

use polars::prelude::{DataType, Expr, LazyFrame, SortMultipleOptions, col, len, lit, when};

use super::answer::Compare;

/// A question, asked twice.
pub(super) struct Question {
    pub(super) title: &'static str,
    pub(super) sql: &'static str,
    /// Over the frame of the [oracle](super::oracle).
    pub(super) raw: fn(LazyFrame) -> LazyFrame,
    pub(super) columns: &'static [Compare],
}

use Compare::{Double, Estimate, Exact};

/// From easy to hard.
pub(super) const QUESTIONS: [Question; 5] = [
    Question {
        title: "How many flights were there, how many were cancelled, how many arrived?",
        sql: "SELECT COUNT(*) AS flights, COUNT(*) FILTER (WHERE cancelled) AS cancelled, COUNT(arr_delay) AS arrived
FROM flights",
        raw: totals,
        columns: &[Exact, Exact, Exact],
    },
    Question {
        title: "Which five carriers fly most, and how late do they leave, in minutes?",
        sql: "SELECT carrier, COUNT(*) AS flights, AVG(dep_delay) AS late
FROM flights GROUP BY carrier ORDER BY flights DESC, carrier LIMIT 5",
        raw: carriers,
        columns: &[Exact, Exact, Double],
    },
    Question {
        title: "Month by month (UTC): flights, the earliest and the latest departure, miles",
        sql: "SELECT month_start AS month, COUNT(*) AS flights, MIN(dep_delay) AS early, MAX(dep_delay) AS late,
       SUM(distance) AS miles
FROM flights GROUP BY month_start ORDER BY month",
        raw: months,
        columns: &[Exact, Exact, Exact, Exact, Exact],
    },
    Question {
        title: "What was each airport's worst day, among days with at least 100 flights?",
        sql: "WITH days AS (
  SELECT origin, day_start, COUNT(*) AS flights, SUM(CASE WHEN cancelled THEN 1 ELSE 0 END) AS cancelled
  FROM flights GROUP BY origin, day_start HAVING COUNT(*) >= 100
), ranked AS (
  SELECT days.*, ROW_NUMBER() OVER (PARTITION BY origin ORDER BY cancelled DESC, day_start) AS place FROM days
)
SELECT origin, day_start AS day, flights, cancelled,
       CASE WHEN 2 * cancelled > flights THEN 'closed' ELSE 'half open' END AS airport
FROM ranked WHERE place = 1 ORDER BY origin",
        raw: worst_days,
        columns: &[Exact, Exact, Exact, Exact, Exact],
    },
    Question {
        title: "April to June, by airport: flight numbers in use (exactly) and planes (about)",
        sql: "SELECT origin, COUNT(DISTINCT flight) AS flight_numbers, APPROX_COUNT_DISTINCT(tailnum) AS planes
FROM flights
WHERE scheduled >= TIMESTAMP '2013-04-01 00:00:00' AND scheduled < TIMESTAMP '2013-07-01 00:00:00'
GROUP BY origin ORDER BY origin",
        raw: second_quarter,
        // Five standard errors of a sketch of 2^12 registers.
        columns: &[Exact, Exact, Estimate(8.0)],
    },
];

fn totals(flights: LazyFrame) -> LazyFrame {
    flights.select([
        len().alias("flights"),
        col("cancelled").sum().alias("cancelled"),
        col("arr_delay").count().alias("arrived"),
    ])
}

fn carriers(flights: LazyFrame) -> LazyFrame {
    let late =
        whole("dep_delay").sum().cast(DataType::Float64) / col("dep_delay").count().cast(DataType::Float64);
    flights
        .group_by([col("carrier")])
        .agg([len().alias("flights"), late.alias("late")])
        .sort(
            ["flights", "carrier"],
            SortMultipleOptions::default().with_order_descending_multi([true, false]),
        )
        .limit(5)
}

fn months(flights: LazyFrame) -> LazyFrame {
    flights
        .group_by([col("month")])
        .agg([
            len().alias("flights"),
            col("dep_delay").min().alias("early"),
            col("dep_delay").max().alias("late"),
            whole("distance").sum().alias("miles"),
        ])
        .sort(["month"], SortMultipleOptions::default())
}

fn worst_days(flights: LazyFrame) -> LazyFrame {
    let order = SortMultipleOptions::default().with_order_descending_multi([false, true, false]);
    flights
        .group_by([col("origin"), col("day")])
        .agg([len().alias("flights"), whole("cancelled").sum().alias("cancelled")])
        .filter(col("flights").gt_eq(lit(100)))
        .sort(["origin", "cancelled", "day"], order)
        .group_by_stable([col("origin")])
        .agg([col("day").first(), col("flights").first(), col("cancelled").first()])
        .with_columns([when((col("cancelled") * lit(2)).gt(whole("flights")))
            .then(lit("closed"))
            .otherwise(lit("half open"))
            .alias("airport")])
}

fn second_quarter(flights: LazyFrame) -> LazyFrame {
    const APRIL: i64 = 1_364_774_400_000;
    const JULY: i64 = 1_372_636_800_000;
    flights
        .filter(col("scheduled_ms").gt_eq(lit(APRIL)).and(col("scheduled_ms").lt(lit(JULY))))
        .group_by([col("origin")])
        .agg([
            col("flight").n_unique().alias("flight_numbers"),
            // Null is no plane.
            col("tailnum").drop_nulls().n_unique().alias("planes"),
        ])
        .sort(["origin"], SortMultipleOptions::default())
}

/// Wide enough for sums.
fn whole(column: &str) -> Expr {
    col(column).cast(DataType::Int64)
}

/// Every flight's airport, carrier and day: groups small enough that a flight counted twice and
/// one lost elsewhere do not cancel out.
pub(super) const FINE: Question = Question {
    title: "flights by airport, carrier and day",
    sql: "SELECT origin, carrier, day_start AS day, COUNT(*) AS flights
FROM flights GROUP BY origin, carrier, day_start ORDER BY origin, carrier, day",
    raw: |flights| {
        flights
            .group_by([col("origin"), col("carrier"), col("day")])
            .agg([len().alias("flights")])
            .sort(["origin", "carrier", "day"], SortMultipleOptions::default())
    },
    columns: &[Exact, Exact, Exact, Exact],
};
