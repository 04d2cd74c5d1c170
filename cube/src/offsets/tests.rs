//! Laws of the offsets algebra, each against the plain set of integers it stands for.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn range() -> impl Strategy<Value = OffsetRange> {
    (0i64..40, 0i64..15).prop_map(|(start, len)| OffsetRange::new(start, start + len).unwrap())
}

fn offsets() -> impl Strategy<Value = SegmentOffsets> {
    prop::collection::btree_map(0i32..4, range(), 0..4).prop_map(SegmentOffsets)
}

fn set(range: OffsetRange) -> BTreeSet<i64> {
    (range.start..range.end).collect()
}

fn pairs(offsets: &SegmentOffsets) -> BTreeSet<(PartitionId, i64)> {
    offsets.iter().flat_map(|(p, range)| set(range).into_iter().map(move |o| (p, o))).collect()
}

proptest! {
    #[test]
    fn overlap_means_a_common_offset(a in range(), b in range()) {
        prop_assert_eq!(a.overlaps(b), !set(a).is_disjoint(&set(b)));
        prop_assert_eq!(a.overlaps(b), b.overlaps(a));
    }

    #[test]
    fn intersection_is_the_common_offsets(a in range(), b in range()) {
        let both: BTreeSet<i64> = set(a).intersection(&set(b)).copied().collect();
        prop_assert_eq!(a.intersect(b).map(set).unwrap_or_default(), both);
    }

    #[test]
    fn containment_is_the_subset_relation(a in range(), b in range()) {
        prop_assert_eq!(a.contains_range(b), set(b).is_subset(&set(a)));
    }

    #[test]
    fn minus_is_the_set_difference_in_ascending_non_empty_pieces(a in range(), b in range()) {
        let pieces = a.minus(b);
        prop_assert!(pieces.iter().all(|piece| !piece.is_empty()));
        prop_assert!(pieces.windows(2).all(|w| w[0].end() < w[1].start()));
        let left: BTreeSet<i64> = pieces.into_iter().flat_map(set).collect();
        prop_assert_eq!(left, &set(a) - &set(b));
    }

    #[test]
    fn segments_overlap_only_partition_by_partition(a in offsets(), b in offsets()) {
        prop_assert_eq!(a.first_overlap(&b).is_some(), !pairs(&a).is_disjoint(&pairs(&b)));
        prop_assert_eq!(a.contains(&b), pairs(&b).is_subset(&pairs(&a)));
        prop_assert_eq!(a.len(), pairs(&a).len() as u64);
    }

    #[test]
    fn text_round_trips(a in offsets()) {
        prop_assert_eq!(a.to_string().parse::<SegmentOffsets>().unwrap(), a);
    }
}

#[test]
fn equal_sums_do_not_hide_an_overlap() {
    let first: SegmentOffsets = "0:0..10 1:0..10".parse().unwrap();
    let second: SegmentOffsets = "0:15..20 1:5..10".parse().unwrap();
    assert_eq!(first.sum_of_ends(), second.sum_of_starts());
    assert_eq!(first.first_overlap(&second).unwrap().0, 1);
}

#[test]
fn a_range_that_runs_backwards_is_refused_with_both_ends_named() {
    let error = OffsetRange::new(7, 3).unwrap_err().to_string();
    assert!(error.contains("7..3"), "{error}");
}
