//! The last act: the ledger, and whether each flight was counted once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cube::Result;
use cube::ledger::LedgerTotals;

use super::{ask_oracle, mark, number, plural};
use crate::demo::answer::Rows;
use crate::demo::client::{Client, Ledger};
use crate::demo::oracle::Oracle;
use crate::demo::print::{Printer, grouped, narrow, plain_table};
use crate::demo::questions::FINE;
use crate::produce::{Counts, Kind, Malformed};

/// What became of every offset, and whether each flight was counted once.
pub(super) async fn account(
    printer: Printer,
    client: &Client,
    oracle: &Arc<Oracle>,
    sent: &Counts,
) -> Result<bool> {
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
