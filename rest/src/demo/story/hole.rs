//! The act of the hole: what was given up is found, said with answers, and filled.

use std::sync::Arc;

use cube::Result;
use polars::prelude::{col, len, lit};

use super::{ask_oracle, mark, number, plural};
use crate::demo::answer::Compare;
use crate::demo::builds::Builds;
use crate::demo::client::{Answer, Client};
use crate::demo::oracle::Oracle;
use crate::demo::print::{Printer, grouped};
use crate::demo::questions::Question;

const JUNE: Question = Question {
    title: "flights in June",
    sql: "SELECT COUNT(*) AS flights FROM flights WHERE month_start = DATE '2013-06-01'",
    raw: |flights| {
        // Milliseconds since 1970 of 1 June and 1 July.
        let june = col("scheduled_ms")
            .gt_eq(lit(1_370_044_800_000i64))
            .and(col("scheduled_ms").lt(lit(1_372_636_800_000i64)));
        flights.filter(june).select([len().alias("flights")])
    },
    columns: &[Compare::Exact],
};

/// Finds the hole, shows what answers say about it, and fills it.
pub(super) async fn find_and_fill(printer: Printer, client: &Client, oracle: &Arc<Oracle>) -> Result<bool> {
    printer.gap();
    let holes = client.holes().await?;
    printer.say(format_args!("the build that was given up left {}:", plural(holes.len() as u64, "hole")));
    for hole in &holes {
        let ends = &hole.source_partition_offset_end;
        let ranges: Vec<String> = hole
            .source_partition_offset_start
            .iter()
            .map(|(partition, start)| {
                format!("{partition}:{start}..{}", ends.get(partition).copied().unwrap_or(*start))
            })
            .collect();
        printer.more(format_args!(
            "{}: {} offsets, {}; {}",
            hole.name,
            grouped(hole.offsets_count),
            ranges.join(" "),
            hole.reason
        ));
    }
    let truth = ask_oracle(oracle, JUNE.raw).await?.0;
    let partial = client.query(JUNE.sql).await?;
    printer.say("what is missing is said with the answer, wherever it may matter:");
    printer.more(JUNE.sql);
    about(printer, &partial);
    let january =
        client.query("SELECT COUNT(*) AS flights FROM flights WHERE month_start = DATE '2013-01-01'").await?;
    printer.more("the same for January:");
    about(printer, &january);

    let mut builds = Builds::new(client.clone(), printer);
    let jobs = client.fill_holes().await?;
    printer.say(format_args!(
        "filling: {} of exactly the offsets that are missing",
        plural(jobs.len() as u64, "build")
    ));
    jobs.into_iter().for_each(|job| builds.add(job));
    builds.wait(0).await?;
    let filled = client.query(JUNE.sql).await?;
    let left = client.holes().await?.len();
    printer.say(format_args!("filled, {} left; June again:", plural(left as u64, "hole")));
    about(printer, &filled);

    let right = !holes.is_empty()
        && !partial.complete
        && !partial.rows.agrees(&truth, JUNE.columns)
        && january.complete
        && left == 0
        && filled.complete
        && filled.rows.agrees(&truth, JUNE.columns);
    let flights = number(&truth, 0, 0).unwrap_or(0);
    printer.more(format_args!("{} {} flights in June, says polars", mark(right), grouped(flights)));
    Ok(right)
}

/// A number, and what its answer says about itself.
fn about(printer: Printer, answer: &Answer) {
    let flights = number(&answer.rows, 0, 0).unwrap_or(0);
    printer.more(format_args!("  {} flights, complete: {}", grouped(flights), answer.complete));
    for hole in &answer.holes {
        let end = |end: &Option<String>| end.clone().unwrap_or("any time".into());
        printer.more(format_args!(
            "  may miss hole {}, with events from {} to {}: {}",
            hole.name,
            end(&hole.from),
            end(&hole.to),
            hole.cause
        ));
    }
}
