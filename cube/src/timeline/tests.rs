//! Holes, ends and overlaps. Segments are written as `p0:0..10 p1:5..8`, with `building` before
//! one that is not published yet.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::ErrorKind;
use crate::id::AttemptToken;
use crate::ledger::LedgerTotals;
use crate::segment::{ReadySegment, SegmentState};
use crate::time::MinuteSet;

fn offsets(text: &str) -> SegmentOffsets {
    text.replace('p', "").parse().unwrap()
}

fn segment(text: &str) -> Segment {
    let (building, ranges) = match text.strip_prefix("building ") {
        Some(ranges) => (true, ranges),
        None => (false, text),
    };
    let state = if building {
        SegmentState::Building { attempt: AttemptToken::fresh() }
    } else {
        SegmentState::Ready(ready([]))
    };
    Segment {
        id: SegmentId::fresh(),
        cube: CubeName::new("cube").unwrap(),
        offsets: offsets(ranges),
        job: JobId::fresh(),
        created_at: 0,
        state,
    }
}

/// A published segment that holds these event times in these partitions.
fn segment_at<const N: usize>(text: &str, times: [(PartitionId, i64, i64); N]) -> Segment {
    Segment { state: SegmentState::Ready(ready(times)), ..segment(text) }
}

fn ready<const N: usize>(times: [(PartitionId, i64, i64); N]) -> Arc<ReadySegment> {
    let by_partition: BTreeMap<_, _> =
        times.into_iter().map(|(partition, min, max)| (partition, TimeRange { min, max })).collect();
    Arc::new(ReadySegment {
        event_time: by_partition.values().copied().reduce(TimeRange::union),
        event_time_by_partition: by_partition,
        minutes: MinuteSet::default(),
        files: vec![],
        cuboids: BTreeMap::new(),
        totals: LedgerTotals::default(),
        published_at: 0,
    })
}

/// Starts as `p0:0 p1:7`.
fn timeline(starts: &str, segments: Vec<Segment>) -> Timeline {
    let starts = starts.split_whitespace().map(|part| {
        let (partition, start) = part.trim_start_matches('p').split_once(':').unwrap();
        (partition.parse().unwrap(), start.parse().unwrap())
    });
    Timeline { cube: CubeName::new("cube").unwrap(), starts: starts.collect(), segments, discarded: vec![] }
}

/// Expects exactly these holes, as `NAME: RANGES`.
fn check(starts: &str, segments: &[&str], expected: &[&str]) {
    let timeline = timeline(starts, segments.iter().map(|text| segment(text)).collect());
    let found: Vec<String> =
        timeline.holes().iter().map(|hole| format!("{}: {}", hole.name, hole.offsets)).collect();
    let expected: Vec<String> = expected.iter().map(|text| text.replace('p', "")).collect();
    assert_eq!(found, expected);
}

#[test]
fn contiguous_segments_have_no_holes() {
    check("", &[], &[]);
    check("p0:0 p1:0", &[], &[]);
    check("p0:0 p1:0", &["p0:0..10 p1:0..10"], &[]);
    check("p0:0 p1:7", &["p0:0..10 p1:7..10", "p0:10..20 p1:10..10", "p0:20..21 p1:10..12"], &[]);
}

#[test]
fn a_discarded_middle_is_one_hole_with_kylins_name() {
    check("p0:0 p1:0", &["p0:0..10 p1:0..10", "p0:20..30 p1:15..20"], &["20_35: p0:10..20 p1:10..15"]);
}

#[test]
fn a_partition_in_which_nothing_is_missing_counts_in_the_name() {
    check("p0:0 p1:0", &["p0:0..10 p1:0..10", "p0:20..30 p1:10..20"], &["20_30: p0:10..20 p1:10..10"]);
}

#[test]
fn equal_sums_do_not_hide_a_hole() {
    // The second begins where the first ends, by the sums: 20.
    check(
        "p0:0 p1:0",
        &["p0:0..10 p1:0..10", "p0:10..15 p1:10..20", "p0:18..20 p1:20..22"],
        &["35_38: p0:15..18 p1:20..20"],
    );
    check("p0:0", &["p0:0..10", "p0:15..20", "p1:0..5"], &["10_15: p0:10..15"]);
}

#[test]
fn holes_between_different_neighbours_stay_apart() {
    check("p0:0", &["p0:0..10", "p0:20..30", "p0:40..50"], &["10_20: p0:10..20", "30_40: p0:30..40"]);
    // In partition 1 the gap lies between the first and the third segment.
    check(
        "p0:0 p1:0",
        &["p0:0..10 p1:0..10", "p0:20..30", "p0:30..40 p1:15..20"],
        &["10_15: p1:10..15", "10_20: p0:10..20"],
    );
}

#[test]
fn the_order_of_creation_does_not_matter() {
    let segments = ["p0:40..50 p1:8..9", "p0:0..10 p1:0..3", "p0:20..30 p1:3..8"];
    let expected = ["13_23: p0:10..20 p1:3..3", "38_48: p0:30..40 p1:8..8"];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        check("p0:0 p1:0", &order.map(|i| segments[i]), &expected);
    }
}

#[test]
fn what_lies_before_the_start_of_a_partition_is_no_hole() {
    check("p0:100", &["p0:100..110"], &[]);
    check("p0:100", &["p0:0..50", "p0:100..110"], &[]);
    check("p0:100", &["p0:90..105", "p0:107..110"], &["105_107: p0:105..107"]);
    check("p0:100", &["p0:103..110"], &["100_103: p0:100..103"]);
}

#[test]
fn a_new_partition_that_is_read_from_zero_leaves_no_hole() {
    check("p0:0 p1:0 p2:0", &["p0:0..10 p1:0..10", "p0:10..20 p1:10..20 p2:0..7"], &[]);
    check("p0:0 p1:0", &["p0:0..10 p1:0..10", "p0:10..20 p1:10..20 p2:0..7"], &[]);
}

#[test]
fn a_new_partition_whose_log_begins_later_has_a_hole_that_was_never_built() {
    let starts = "p0:0 p2:0";
    let segments = vec![segment("p0:0..10"), segment("p0:10..20 p2:5..7")];
    let holes = timeline(starts, segments).holes();
    assert_eq!(holes.len(), 1);
    assert_eq!((holes[0].name.as_str(), &holes[0].offsets), ("0_5", &offsets("p2:0..5")));
    assert_eq!((&holes[0].cause, holes[0].since), (&HoleCause::NeverBuilt, None));
    // A partition of which the catalog knows no start begins at 0.
    check("p0:0", &["p0:0..10", "p0:10..20 p2:5..7"], &["0_5: p2:0..5"]);
}

#[test]
fn a_building_segment_fills_its_place() {
    check("p0:0", &["p0:0..10", "building p0:10..20", "p0:20..30"], &[]);
    check("p0:0", &["p0:0..10", "building p0:10..15", "p0:20..30"], &["15_20: p0:15..20"]);
    check("p0:0", &["p0:0..10", "building p0:20..30"], &["10_20: p0:10..20"]);
}

#[test]
fn an_empty_range_is_a_position() {
    check("p0:0", &["p0:0..10", "p0:10..10", "p0:10..20"], &[]);
    check("p0:0", &["p0:0..0", "p0:0..10"], &[]);
    check("p0:0", &["p0:0..10", "p0:20..20"], &["10_20: p0:10..20"]);
    check("p0:0", &["p0:0..10", "p0:15..15", "p0:20..30"], &["10_15: p0:10..15", "15_20: p0:15..20"]);
    check("p0:0", &["p0:0..10", "p0:5..5", "p0:10..20"], &[]);
    check("p0:0 p1:0", &["p0:0..0 p1:0..0"], &[]);
}

#[test]
fn after_the_last_segment_nothing_is_missing() {
    check("p0:0 p1:50", &["p0:0..10"], &[]);
}

#[test]
fn a_hole_knows_who_left_it_and_the_newest_reason_wins() {
    let mut timeline =
        timeline("p0:0", vec![segment("p0:0..10"), segment("p0:20..30"), segment("p0:40..50")]);
    let job = JobId::fresh();
    let discarded = |text: &str, job, reason: &str, at| Discarded {
        offsets: offsets(text),
        job,
        reason: reason.into(),
        at,
    };
    timeline.discarded = vec![
        discarded("p0:12..14", None, "deleted by ada", 9),
        discarded("p0:10..20", Some(job), "discarded by bob", 5),
        discarded("p0:30..30", Some(job), "empty", 4),
        discarded("p1:30..40", Some(job), "another partition", 3),
    ];
    let holes = timeline.holes();
    assert_eq!(holes.len(), 2);
    assert_eq!(holes[0].cause, HoleCause::Discarded { job: None, reason: "deleted by ada".into() });
    assert_eq!(holes[0].since, Some(9));
    assert_eq!(holes[0].cause.to_string(), "deleted by ada");
    assert_eq!((&holes[1].cause, holes[1].since), (&HoleCause::NeverBuilt, None));
    assert_eq!(holes[1].cause.to_string(), "no build has asked for these offsets");
}

#[test]
fn the_messages_of_a_hole_lie_between_the_event_times_of_its_neighbours() {
    let event_time = |segments| timeline("p0:0 p1:0", segments).holes().remove(0).event_time;
    let between = event_time(vec![
        segment_at("p0:0..10 p1:0..9", [(0, 100, 200), (1, 0, 900)]),
        segment_at("p0:20..30 p1:9..20", [(0, 190, 400), (1, 0, 900)]),
    ]);
    assert_eq!(between, TimeRange { min: 100, max: 400 }, "partition 1 misses nothing and has no say");
    let both = event_time(vec![
        segment_at("p0:0..10 p1:0..9", [(0, 100, 200), (1, 50, 60)]),
        segment_at("p0:20..30 p1:10..20", [(0, 190, 400), (1, 70, 80)]),
    ]);
    assert_eq!(both, TimeRange { min: 50, max: 400 });
}

#[test]
fn without_a_neighbour_the_event_times_of_a_hole_are_unbounded() {
    let event_time = |segments| timeline("p0:0", segments).holes().remove(0).event_time;
    let late_start = event_time(vec![segment_at("p0:5..10", [(0, 100, 200)])]);
    assert_eq!(late_start, TimeRange { min: i64::MIN, max: 200 });
    let no_rows_after =
        event_time(vec![segment_at("p0:0..10", [(0, 100, 200)]), segment_at("p0:20..30", [])]);
    assert_eq!(no_rows_after, TimeRange { min: 100, max: i64::MAX });
    let building_after =
        event_time(vec![segment_at("p0:0..10", [(0, 100, 200)]), segment("building p0:20..30")]);
    assert_eq!(building_after, TimeRange { min: 100, max: i64::MAX });
    let other_partition =
        event_time(vec![segment_at("p0:0..10", [(1, 1, 2)]), segment_at("p0:20..30", [(1, 3, 4)])]);
    assert_eq!(other_partition, TimeRange::ALL);
}

#[test]
fn the_next_build_starts_after_every_segment_building_ones_included() {
    let ends = |starts, segments: &[&str]| {
        timeline(starts, segments.iter().map(|text| segment(text)).collect()).ends()
    };
    assert_eq!(ends("p0:3 p1:7", &[]), BTreeMap::from([(0, 3), (1, 7)]));
    assert_eq!(
        ends("p0:3 p1:7", &["p0:3..10", "building p0:20..30 p2:0..5", "p0:10..20"]),
        BTreeMap::from([(0, 30), (1, 7), (2, 5)])
    );
    assert_eq!(ends("p0:100", &["p0:0..50"]), BTreeMap::from([(0, 100)]), "before the start there is no tip");
    assert_eq!(ends("p0:0", &["p0:15..15"]), BTreeMap::from([(0, 15)]));
    assert_eq!(ends("", &["p4:7..9"]), BTreeMap::from([(4, 9)]));
}

#[test]
fn an_overlap_in_one_partition_is_refused_even_when_the_sums_meet() {
    let timeline = timeline("p0:0 p1:0", vec![segment("p0:0..10 p1:0..10")]);
    let error = crate::Error::from(timeline.check_free(&offsets("p0:15..20 p1:5..10")).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let text = error.to_string();
    let job = timeline.segments[0].job.to_string();
    for word in
        ["partition 1", "5..10", "0_20", &job, "already holds 0..10", "start at 10", "delete that segment"]
    {
        assert!(text.contains(word), "{word:?} is missing in: {text}");
    }
}

#[test]
fn a_segment_that_is_building_is_in_the_way_too_and_says_so() {
    let timeline = timeline("p0:0", vec![segment("p0:0..10"), segment("building p0:10..20")]);
    let error = timeline.check_free(&offsets("p0:19..30")).unwrap_err().to_string();
    assert!(error.contains("is already building 10..20") && error.contains("discard that job"), "{error}");
    assert_eq!(timeline.building().count(), 1);
}

#[test]
fn free_offsets_are_free() {
    let timeline = timeline("p0:0", vec![segment("p0:0..10"), segment("building p0:20..30")]);
    for free in ["p0:10..20", "p0:30..40", "p1:0..10", "p0:5..5", "p0:10..10", ""] {
        timeline.check_free(&offsets(free)).unwrap();
    }
    for held in ["p0:9..10", "p0:0..1", "p0:19..21", "p0:0..100", "p0:10..21", "p1:0..5 p0:29..30"] {
        timeline.check_free(&offsets(held)).unwrap_err();
    }
}

#[test]
fn a_hole_is_found_by_its_name_and_a_wrong_name_lists_those_there_are() {
    let holey = timeline("p0:0", vec![segment("p0:0..10"), segment("p0:20..30"), segment("p0:40..50")]);
    assert_eq!(holey.hole_named("30_40").unwrap().offsets, offsets("p0:30..40"));
    let error = holey.hole_named("10_40").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("10_20, 30_40"), "{error}");
    let error = timeline("p0:0", vec![]).hole_named("0_1").unwrap_err().to_string();
    assert!(error.contains("none"), "{error}");
}

#[test]
fn a_segment_is_found_by_its_id() {
    let timeline = timeline("p0:0", vec![segment("p0:0..10"), segment("p0:10..20")]);
    assert_eq!(timeline.segment(timeline.segments[1].id).unwrap().offsets, offsets("p0:10..20"));
    assert!(timeline.segment(SegmentId::fresh()).is_none());
}

/// Segments that never overlap, with gaps, empty ranges, and partitions whose segments lie in
/// different orders.
fn any_timeline() -> impl Strategy<Value = Timeline> {
    let owners = Just((0usize..6).collect::<Vec<_>>()).prop_shuffle();
    let pieces = prop::collection::vec((0i64..4, 0i64..4, any::<bool>()), 6);
    let partition = (0i64..4, any::<bool>(), owners, pieces);
    let building = prop::collection::vec(any::<bool>(), 6);
    (prop::collection::vec(partition, 1..4), building).prop_map(|(partitions, building)| {
        let mut ranges = vec![SegmentOffsets::default(); 6];
        let mut starts = BTreeMap::new();
        for (partition, (start, known, owners, pieces)) in partitions.into_iter().enumerate() {
            let partition = partition as PartitionId;
            let mut at = if known { start } else { 0 };
            if known {
                starts.insert(partition, start);
            }
            for (owner, (gap, length, there)) in owners.into_iter().zip(pieces) {
                if there {
                    ranges[owner].insert(partition, OffsetRange::new(at + gap, at + gap + length).unwrap());
                    at += gap + length;
                }
            }
        }
        let segments = ranges.into_iter().zip(building).map(|(offsets, building)| Segment {
            offsets,
            ..segment(if building { "building " } else { "" })
        });
        Timeline { starts, ..timeline("", segments.collect()) }
    })
}

fn set(range: OffsetRange) -> BTreeSet<i64> {
    (range.start()..range.end()).collect()
}

proptest! {
    #[test]
    fn holes_are_exactly_what_no_segment_holds_up_to_the_last(timeline in any_timeline()) {
        let holes = timeline.holes();
        let ends = timeline.ends();
        for (partition, &end) in &ends {
            let of = |offsets: &SegmentOffsets| offsets.get(*partition).map(set).unwrap_or_default();
            let held: BTreeSet<i64> = timeline.segments.iter().flat_map(|segment| of(&segment.offsets)).collect();
            let start = timeline.starts.get(partition).copied().unwrap_or(0);
            let mut missing: BTreeSet<i64> = BTreeSet::new();
            for hole in &holes {
                for offset in of(&hole.offsets) {
                    prop_assert!(missing.insert(offset), "{offset} is in two holes");
                    prop_assert!(!held.contains(&offset), "{offset} is held and in a hole");
                }
            }
            prop_assert_eq!(&missing | &held, (start..end).collect::<BTreeSet<i64>>());
        }
        for hole in &holes {
            prop_assert!(!hole.offsets.is_empty());
            prop_assert_eq!(&hole.name, &hole.offsets.name());
            timeline.check_free(&hole.offsets).unwrap();
            prop_assert!(hole.offsets.iter().all(|(partition, _)| ends.contains_key(&partition)));
        }
        prop_assert!(holes.is_sorted_by_key(|hole| hole.offsets.sum_of_starts()));
    }

    #[test]
    fn a_filled_hole_is_gone_and_the_others_stay(timeline in any_timeline(), which in any::<prop::sample::Index>()) {
        let holes = timeline.holes();
        prop_assume!(!holes.is_empty());
        let filled = &holes[which.index(holes.len())];
        let mut after = timeline.clone();
        after.segments.push(Segment { offsets: filled.offsets.clone(), ..segment("building ") });
        let missing = |timeline: &Timeline| -> u64 { timeline.holes().iter().map(|hole| hole.offsets.len()).sum() };
        prop_assert_eq!(missing(&after), missing(&timeline) - filled.offsets.len());
        prop_assert_eq!(after.ends(), timeline.ends());
    }
}
