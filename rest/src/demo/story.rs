//! The demo's acts, in order.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cube::ledger::LedgerTotals;
use cube::{Error, Result};

use super::answer::{Compare, Rows};
use super::builds::Builds;
use super::client::{Answer, Client, Job, Ledger};
use super::oracle::Oracle;
use super::print::{Printer, grouped, millis, narrow, plain_table, side_by_side, table};
use super::questions::{FINE, QUESTIONS, Question};
use super::stream::{Delivered, Feed};
use crate::produce::flights::Month;
use crate::produce::{Counts, Kind, Malformed};

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
    right &= hole(printer, client, &oracle).await?;
    right &= questions(printer, client, &oracle).await?;
    right &= account(printer, client, &oracle, feed.counts()).await?;
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

const JUNE: Question = Question {
    title: "flights in June",
    sql: "SELECT COUNT(*) AS flights FROM flights WHERE month_start = DATE '2013-06-01'",
    raw: |flights| {
        use polars::prelude::{col, len, lit};
        // Milliseconds since 1970 of 1 June and 1 July.
        let june = col("scheduled_ms")
            .gt_eq(lit(1_370_044_800_000i64))
            .and(col("scheduled_ms").lt(lit(1_372_636_800_000i64)));
        flights.filter(june).select([len().alias("flights")])
    },
    columns: &[Compare::Exact],
};

/// Finds the hole, shows what answers say about it, and fills it.
async fn hole(printer: Printer, client: &Client, oracle: &Arc<Oracle>) -> Result<bool> {
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
    }
    Ok(all_right)
}

/// What became of every offset, and whether each flight was counted once.
async fn account(printer: Printer, client: &Client, oracle: &Arc<Oracle>, sent: &Counts) -> Result<bool> {
    printer.gap();
    printer.say("the ledger: what became of every offset, by segment and partition");
    let mut lines = vec![];
    let mut sums = LedgerTotals::default();
    let mut rejected: BTreeMap<String, u64> = BTreeMap::new();
    let (mut ranges, mut balanced, mut size_kb, mut cuboids) = (0, 0, 0, 0);
    for segment in client.segments().await? {
        let ledger = client.ledger(&segment.uuid).await?;
        lines.push(ledger_line(&segment.name, &ledger));
        sums += ledger.totals;
        size_kb += segment.size_kb;
        cuboids += segment.cuboids.unwrap_or(0);
        for partition in &ledger.partitions {
            ranges += 1;
            let terms = partition.rows + partition.filtered + partition.rejected + partition.absent;
            balanced += u64::from((partition.end - partition.start) as u64 == terms);
            for (reason, count) in partition.rejected_reasons.iter().chain(&partition.filtered_reasons) {
                *rejected.entry(reason.clone()).or_default() += count;
            }
        }
    }
    let blank = lines.first().map_or(0, |line| line.len().saturating_sub(6));
    let mut total = vec!["all".to_owned()];
    total.resize(blank + 1, String::new());
    total.extend([sums.offsets, sums.rows, sums.filtered, sums.rejected, sums.absent].map(grouped));
    lines.push(total);
    printer.more(narrow(plain_table(&ledger_names(blank), lines.into_iter())));
    let reasons: Vec<String> = rejected.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    printer.more(format_args!(
        "no rows, as sent on purpose: {}; all segments together: {}, {} kB",
        reasons.join(", "),
        plural(cuboids as u64, "cuboid"),
        grouped(size_kb)
    ));
    let ledger_right = balanced == ranges && rejected == expected_reasons(sent) && sums.rows == sent.rows();
    printer.more(format_args!(
        "{} {balanced} of {ranges} ranges add up: offsets = rows + filtered + rejected + absent",
        mark(ledger_right)
    ));

    let answer = client.query(FINE.sql).await?;
    let (truth, _) = ask_oracle(oracle, FINE.raw).await?;
    let (lost, doubled) = differences(&answer.rows, &truth);
    let counted: u64 = (0..answer.rows.rows.len()).filter_map(|row| number(&answer.rows, row, 3)).sum();
    let right = ledger_right && lost == 0 && doubled == 0 && counted == sent.rows();
    printer.gap();
    printer.say(format_args!(
        "{} {} flights in, {counted} counted, {lost} lost, {doubled} doubled",
        mark(right),
        sent.rows()
    ));
    printer.more(format_args!(
        "(compared with the raw flights in {} groups: {})",
        grouped(truth.rows.len() as u64),
        FINE.title
    ));
    Ok(right)
}

fn ledger_names(partitions: usize) -> Vec<String> {
    let mut names = vec!["segment".to_owned()];
    names.extend((0..partitions).map(|partition| format!("partition {partition}")));
    names.extend(["offsets", "rows", "filtered", "rejected", "absent"].map(str::to_owned));
    names
}

fn ledger_line(name: &str, ledger: &Ledger) -> Vec<String> {
    let mut line = vec![name.to_owned()];
    line.extend(ledger.partitions.iter().map(|partition| format!("{}..{}", partition.start, partition.end)));
    let totals = &ledger.totals;
    line.extend([totals.offsets, totals.rows, totals.filtered, totals.rejected, totals.absent].map(grouped));
    line
}

/// How often each reason must be in the ledger.
fn expected_reasons(sent: &Counts) -> BTreeMap<String, u64> {
    let mut expected = BTreeMap::new();
    for how in Malformed::ALL {
        *expected.entry(how.reason().to_owned()).or_default() += sent.of(|kind| kind == Kind::Malformed(how));
    }
    expected.insert(ingest::decode::TOMBSTONE.to_owned(), sent.of(|kind| kind == Kind::Tombstone));
    expected.retain(|_, count| *count > 0);
    expected
}

/// Flights that `counted` has too few of, and too many of, group by group; the last column counts.
fn differences(counted: &Rows, truth: &Rows) -> (u64, u64) {
    let mut balance: HashMap<&[Option<String>], i64> = HashMap::new();
    for (rows, sign) in [(truth, 1), (counted, -1)] {
        for (i, row) in rows.rows.iter().enumerate() {
            let Some((_, group)) = row.split_last() else { continue };
            let flights = number(rows, i, group.len()).unwrap_or(0) as i64;
            *balance.entry(group).or_default() += sign * flights;
        }
    }
    let sum = |sign: i64| balance.values().map(|left| (left * sign).max(0) as u64).sum();
    (sum(1), sum(-1))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Rows {
        let rows =
            text.lines().map(|line| line.split(' ').map(|cell| Some(cell.to_owned())).collect()).collect();
        Rows { names: vec![], rows }
    }

    #[test]
    fn a_flight_lost_here_does_not_hide_one_doubled_there() {
        let truth = rows("JFK 10\nLGA 20\nEWR 5");
        assert_eq!(differences(&truth, &truth), (0, 0));
        assert_eq!(differences(&rows("JFK 9\nLGA 21\nEWR 5"), &truth), (1, 1));
        assert_eq!(differences(&rows("JFK 10\nLGA 20"), &truth), (5, 0));
        assert_eq!(differences(&rows("JFK 10\nLGA 20\nEWR 5\nSWF 3"), &truth), (0, 3));
    }
}
