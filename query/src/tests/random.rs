//! Statements put together at random, the same on every run.

use super::fixture::{World, check};

const KEYS: [&str; 14] = [
    "carrier",
    "dest",
    "cancelled",
    "gate",
    "class",
    "day_start",
    "month_start",
    "hour_start",
    "date_trunc('day', ts)",
    "date_trunc('week', ts)",
    "EXTRACT(hour FROM ts)",
    "CAST(ts AS DATE)",
    "coalesce(dest, carrier)",
    "gate / 14",
];

const AGGREGATES: [&str; 18] = [
    "COUNT(*)",
    "COUNT(air_time)",
    "COUNT(dest)",
    "COUNT(DISTINCT passenger)",
    "COUNT(DISTINCT gate)",
    "SUM(air_time)",
    "SUM(fare)",
    "SUM(weight)",
    "SUM(gate)",
    "SUM(class)",
    "AVG(air_time)",
    "AVG(gate)",
    "MIN(air_time)",
    "MAX(fare)",
    "MIN(dest)",
    "MAX(day_start)",
    "SUM(CASE WHEN cancelled THEN 2 WHEN dest IS NULL THEN NULL ELSE gate END)",
    "approx_distinct(dest)",
];

const CONDITIONS: [&str; 12] = [
    "carrier <> 'AA'",
    "dest IS NULL",
    "dest IN ('MIA', 'ord', '')",
    "NOT cancelled",
    "gate > 7 AND class < 4",
    "ts >= TIMESTAMP '2013-01-20'",
    "ts < TIMESTAMP '2013-02-03 10:45:00'",
    "day_start BETWEEN DATE '2013-01-25' AND DATE '2013-02-05'",
    "EXTRACT(month FROM ts) = 1",
    "date_trunc('week', ts) = TIMESTAMP '2013-01-21'",
    "hour_start >= TIMESTAMP '2013-01-31 12:00:00'",
    "(ts < TIMESTAMP '2013-01-02' OR month_start = DATE '2013-03-01')",
];

/// Xorshift; `below` numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }

    fn some<'a>(&mut self, of: &[&'a str], at_most: usize) -> Vec<&'a str> {
        let mut taken: Vec<&str> = (0..self.roll(at_most + 1)).map(|_| of[self.roll(of.len())]).collect();
        taken.sort_unstable();
        taken.dedup();
        taken
    }
}

fn statement(dice: &mut Dice) -> String {
    let keys = dice.some(&KEYS, 3);
    let mut aggregates = dice.some(&AGGREGATES, 4);
    if aggregates.is_empty() {
        aggregates.push("COUNT(*)");
    }
    let filtered = dice.roll(3) == 0;
    let aggregates = aggregates.iter().map(|aggregate| match filtered {
        true => format!("{aggregate} FILTER (WHERE {})", CONDITIONS[dice.roll(CONDITIONS.len())]),
        false => (*aggregate).to_owned(),
    });
    let columns = keys.iter().map(|key| (*key).to_owned()).chain(aggregates);
    let labelled: Vec<String> = columns.enumerate().map(|(i, column)| format!("{column} AS c{i}")).collect();
    let mut sql = format!("SELECT {} FROM flights", labelled.join(", "));
    let conditions = dice.some(&CONDITIONS, 3);
    if !conditions.is_empty() {
        sql += &format!(" WHERE {}", conditions.join(if dice.roll(3) == 0 { " OR " } else { " AND " }));
    }
    if !keys.is_empty() {
        let keys = keys.join(", ");
        sql += &match dice.roll(5) {
            0 => format!(" GROUP BY ROLLUP ({keys})"),
            _ => format!(" GROUP BY {keys}"),
        };
    }
    sql
}

#[tokio::test]
async fn random_statements_answer_what_the_messages_answer() {
    let (engine, oracle) = World::of_flights().engine();
    let mut dice = Dice(0x5EED);
    for _ in 0..150 {
        check(&engine, &oracle, &statement(&mut dice)).await;
    }
}
