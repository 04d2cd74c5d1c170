//! The demo's acts, in order.

mod account;
mod hole;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cube::{Error, Result};

use super::answer::{Compare, Rows};
use super::builds::Builds;
use super::client::{Client, Job};
use super::oracle::Oracle;
use super::print::{Printer, grouped, millis, side_by_side, table};
use super::questions::QUESTIONS;
use super::stream::{Delivered, Feed};
use crate::produce::Kind;
use crate::produce::flights::Month;

/// The delivery, counted from 0, whose build is given up: June's.
const GIVEN_UP: usize = 5;
/// Builds that may be in flight while the stream goes on.
const IN_FLIGHT: usize = 4;

/// Tells the whole story, and gives whether every answer was right.
pub(super) async fn tell(printer: Printer, client: &Client, feed: Feed) -> Result<bool> {
    let (feed, first) = feed.next().await?;
    let mut right = first_answer(printer, client, &first).await?;
    let (feed, months) = rest_of_the_year(printer, client, feed, first).await?;
    let oracle = Arc::new(in_background(move || Oracle::new(&months)).await?);
    right &= hole::find_and_fill(printer, client, &oracle).await?;
    right &= questions(printer, client, &oracle).await?;
    right &= account::account(printer, client, &oracle, feed.counts()).await?;
    Ok(right)
}

/// Builds the first month alone, so that something can be asked within seconds.
async fn first_answer(printer: Printer, client: &Client, first: &Delivered) -> Result<bool> {
    printer.say(format_args!(
        "{} is in the topic: {} flights, sent in {}; its build begins",
        title(first),
        grouped(first.counts.rows()),
        millis(first.took)
    ));
    let job = client.build(None).await?;
    let mut builds = Builds::new(client.clone(), printer);
    builds.add(job);
    builds.wait(0).await?;
    let sql = "SELECT origin, COUNT(*) AS flights, COUNT(*) FILTER (WHERE cancelled) AS cancelled
FROM flights GROUP BY origin ORDER BY origin";
    let answer = client.query(sql).await?;
    printer.say(format_args!("first answer, {} after it was asked:", millis(answer.took)));
    printer.more(sql);
    printer.more(table(&answer.rows, &[Compare::Exact; 3]));
    let counted: u64 = (0..answer.rows.rows.len()).filter_map(|row| number(&answer.rows, row, 1)).sum();
    let right = counted == first.counts.rows();
    printer.more(format_args!(
        "{} {} flights sent, {} counted",
        mark(right),
        grouped(first.counts.rows()),
        grouped(counted)
    ));
    Ok(right)
}

/// Sends all other months, with builds running behind, and gives one of them up.
async fn rest_of_the_year(
    printer: Printer,
    client: &Client,
    mut feed: Feed,
    first: Delivered,
) -> Result<(Feed, Vec<Month>)> {
    printer.gap();
    printer.say("the other months arrive; each is built while the next ones are sent");
    let mut months: Vec<Month> = first.month.into_iter().collect();
    let mut builds = Builds::new(client.clone(), printer);
    for number in 1..feed.deliveries() {
        let delivered;
        (feed, delivered) = feed.next().await?;
        // The last build takes whatever is left up to the tip; the others name their offsets, so
        // that several can be under way and one can be given up.
        let job = client.build(delivered.month.as_ref().map(|_| &delivered.offsets)).await?;
        let segment = job.related_segment_name.clone();
        let late = delivered.counts.of(|kind| kind == Kind::Late);
        let came = match &delivered.month {
            Some(_) => format!(
                "{}: {} flights, {} of them late from the month before",
                title(&delivered),
                grouped(delivered.counts.rows()),
                grouped(late)
            ),
            None => format!("after the year: {} flights of its last month", grouped(late)),
        };
        if number == GIVEN_UP {
            let how = give_up(client, &job).await?;
            printer.say(format_args!("{came}; its segment {segment} is {how}"));
        } else {
            builds.add(job);
            let running = builds.look().await?;
            printer.say(format_args!("{came}; segment {segment} reserved, {running} building"));
        }
        months.extend(delivered.month);
        builds.wait(IN_FLIGHT).await?;
    }
    builds.wait(0).await?;
    let sent = feed.counts();
    printer.say(format_args!(
        "everything else is built; sent: {} messages, {} of them late, {} malformed, {} without a value",
        grouped(sent.total()),
        grouped(sent.of(|kind| kind == Kind::Late)),
        sent.of(|kind| matches!(kind, Kind::Malformed(_))),
        sent.of(|kind| kind == Kind::Tombstone)
    ));
    Ok((feed, months))
}

/// Cancels a build; should it have been faster than we are, deletes its segment, which leaves the
/// same hole.
async fn give_up(client: &Client, job: &Job) -> Result<&'static str> {
    let Err(error) = client.cancel(&job.uuid).await else { return Ok("cancelled, as if by mistake") };
    match client.delete_segment(&job.related_segment_name).await {
        Ok(()) => Ok("deleted, as if by mistake"),
        Err(_) => Err(error),
    }
}

/// Asks everything twice.
async fn questions(printer: Printer, client: &Client, oracle: &Arc<Oracle>) -> Result<bool> {
    let mut all_right = true;
    for (number, question) in QUESTIONS.iter().enumerate() {
        printer.gap();
        printer.say(format_args!("question {} of {}: {}", number + 1, QUESTIONS.len(), question.title));
        printer.more(question.sql);
        let answer = client.query(question.sql).await?;
        let (truth, took) = ask_oracle(oracle, question.raw).await?;
        let right = answer.complete && answer.rows.agrees(&truth, question.columns);
        let kirin = format!("Kirin, {}", millis(answer.took));
        let polars = format!("polars over the raw flights, {}", millis(took));
        let (ours, theirs) = (table(&answer.rows, question.columns), table(&truth, question.columns));
        printer.more(side_by_side((&kirin, &ours), (&polars, &theirs)));
        let estimate = question.columns.iter().find_map(|column| match column {
            Compare::Estimate(percent) => Some(format!(", the estimate within {percent} %")),
            _ => None,
        });
        let same = if right { "the same" } else { "NOT the same" };
        let same = format!("{same}{}", estimate.unwrap_or_default());
        printer.more(format_args!(
            "{} {same}; {} rows of cuboids read in {}",
            mark(right),
            grouped(answer.rows_read),
            plural(answer.segments as u64, "segment")
        ));
        all_right &= right;
        client.save_query(question.title, question.sql).await?;
    }
    Ok(all_right)
}

async fn ask_oracle(
    oracle: &Arc<Oracle>,
    question: fn(polars::prelude::LazyFrame) -> polars::prelude::LazyFrame,
) -> Result<(Rows, Duration)> {
    let oracle = oracle.clone();
    in_background(move || {
        let started = Instant::now();
        let rows = oracle.ask(question)?;
        Ok((rows, started.elapsed()))
    })
    .await
}

async fn in_background<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::internal(format!("the demo's own work did not end: {error}"))))
}

/// The month that a delivery's flights were scheduled in.
fn title(delivered: &Delivered) -> String {
    let time = delivered.month.as_ref().and_then(|month| {
        // By UTC the last evening of a month belongs to the next one.
        let middle = (!month.is_empty()).then(|| month.scheduled.value(month.len() / 2))?;
        chrono::DateTime::from_timestamp_millis(middle)
    });
    time.map(|time| time.format("%B").to_string()).unwrap_or_default()
}

fn number(rows: &Rows, row: usize, column: usize) -> Option<u64> {
    rows.rows.get(row)?.get(column)?.as_deref()?.parse().ok()
}

fn plural(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

fn mark(right: bool) -> char {
    if right { '✓' } else { '✗' }
}
