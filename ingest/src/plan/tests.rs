//! Plans as sentences, and the laws of the cap.

use proptest::prelude::*;

use super::*;

fn timeline() -> Timeline {
    Timeline { cube: "c".parse().unwrap(), starts: BTreeMap::new(), segments: vec![], discarded: vec![] }
}

fn started_at(starts: &[(PartitionId, i64)]) -> Timeline {
    Timeline { starts: starts.iter().copied().collect(), ..timeline() }
}

fn topic(partitions: &[(i64, i64)]) -> TopicWatermarks {
    let marks = |&(low, tip): &(i64, i64)| Watermarks { low, tip, high: tip };
    partitions.iter().enumerate().map(|(i, held)| (i as PartitionId, marks(held))).collect()
}

fn planned(
    timeline: &Timeline,
    topic: &TopicWatermarks,
    first: FirstOffsets,
    cap: Option<u64>,
) -> Result<Plan> {
    let request = RangeRequest::default();
    plan(&PlanInput { timeline, request: &request, watermarks: topic, first: &first, cap })
}

fn offsets(plan: Plan) -> String {
    match plan {
        Plan::Build { offsets, .. } => offsets.to_string(),
        Plan::NothingNew { .. } => "nothing new".into(),
    }
}

#[test]
fn a_first_build_starts_where_the_cube_says() {
    let topic = topic(&[(3, 10), (0, 5)]);
    let first = |first| offsets(planned(&timeline(), &topic, first, None).unwrap());
    assert_eq!(first(FirstOffsets::Earliest), "0:3..10 1:0..5");
    assert_eq!(first(FirstOffsets::Latest), "nothing new");
    assert_eq!(first(FirstOffsets::At(BTreeMap::from([(0, 7)]))), "0:7..10 1:0..5");
}

#[test]
fn a_partition_newer_than_the_cube_belongs_to_it_from_offset_0_on_and_is_read_from_what_is_left() {
    let plan =
        planned(&started_at(&[(0, 4)]), &topic(&[(0, 4), (2, 6)]), FirstOffsets::Latest, None).unwrap();
    let Plan::Build { offsets, starts, .. } = plan else { panic!("there are offsets to read") };
    assert_eq!((offsets.to_string().as_str(), starts), ("0:4..4 1:2..6", BTreeMap::from([(1, 0)])));
}

#[test]
fn a_cube_that_stands_beyond_the_tip_or_below_the_log_start_says_what_to_do() {
    let refused = |topic| {
        planned(&started_at(&[(0, 5)]), &topic, FirstOffsets::Earliest, None).unwrap_err().to_string()
    };
    assert!(refused(topic(&[(0, 3)])).contains("the log was cut or the topic recreated"));
    assert!(refused(topic(&[(8, 9)])).contains("no longer has offsets 5..8"));
}

proptest! {
    #[test]
    fn a_cap_keeps_starts_reads_as_much_as_it_may_and_lets_all_partitions_advance_evenly(
        lengths in prop::collection::vec(0i64..50, 1..6),
        limit in 1u64..120,
    ) {
        let held: Vec<(i64, i64)> = lengths.iter().map(|&length| (0, length)).collect();
        let total: u64 = lengths.iter().map(|&length| length as u64).sum();
        match planned(&timeline(), &topic(&held), FirstOffsets::Earliest, Some(limit)).unwrap() {
            Plan::NothingNew { .. } => prop_assert_eq!(total, 0),
            Plan::Build { offsets, left, .. } => {
                prop_assert_eq!(offsets.len(), total.min(limit));
                prop_assert_eq!(left, total - offsets.len());
                prop_assert_eq!(offsets.partitions(), lengths.len());
                let cut: Vec<u64> = offsets.iter().map(|(_, range)| range.len()).collect();
                let longest = cut.iter().copied().max().unwrap_or(0);
                for ((_, range), &length) in offsets.iter().zip(&lengths) {
                    prop_assert!(range.start() == 0 && range.end() <= length);
                    // Whoever was cut has as much as anybody, but for one.
                    prop_assert!(range.end() == length || range.len() + 1 >= longest);
                }
            }
        }
    }
}
